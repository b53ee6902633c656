using System.Buffers;

namespace Slimta.Smtp.Client;

/// <summary>
/// Content for DATA, piece by piece: a dot before each line that starts with one (RFC 5321 §4.5.2), nothing else changed.
/// </summary>
/// <param name="maxLine">Octets in a line; more are a <see cref="LongLineException"/>.</param>
internal struct DotStuffer(int maxLine)
{
    private bool _lineStart = true;
    private bool _afterCr;
    private int _line;

    /// <exception cref="LongLineException">A line is too long; nothing of the piece that shows it was written.</exception>
    /// <exception cref="BareLineEndException">
    /// A CR or LF stands alone. DATA cannot carry it (RFC 5321 §2.3.8), and servers that take it for a line's end open the
    /// door to smuggled messages; nothing of the piece that shows it was written.
    /// </exception>
    public void Write(ReadOnlySpan<byte> piece, IBufferWriter<byte> output)
    {
        var (written, at) = (0, 0);
        while (at < piece.Length)
        {
            if (_afterCr)
            {
                if (piece[at] != (byte)'\n')
                    throw new BareLineEndException();
                (_afterCr, _lineStart, _line) = (false, true, 0);
                at++;
                continue;
            }
            if (_lineStart)
            {
                _lineStart = false;
                if (piece[at] == (byte)'.')
                {
                    output.Write(piece[written..at]);
                    output.Write("."u8);
                    written = at;
                }
            }
            var end = piece[at..].IndexOfAny((byte)'\r', (byte)'\n');
            _line += end < 0 ? piece.Length - at : end;
            if (_line > maxLine)
                throw new LongLineException();
            if (end < 0)
                break;
            at += end;
            if (piece[at] == (byte)'\n')
                throw new BareLineEndException();
            _afterCr = true;
            at++;
        }
        output.Write(piece[written..]);
    }

    /// <summary>
    /// The end of DATA. Content without a final CRLF gets one: the protocol has no way to do without (RFC 5321 §4.1.1.4).
    /// </summary>
    public readonly void End(IBufferWriter<byte> output)
    {
        if (_afterCr)
            throw new BareLineEndException();
        output.Write(_lineStart ? ".\r\n"u8 : "\r\n.\r\n"u8);
    }
}
