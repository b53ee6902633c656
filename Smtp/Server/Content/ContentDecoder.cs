using System.Buffers;

namespace Slimta.Smtp.Server;

/// <summary>
/// Reads content as it comes, without copying, however its bytes are split. After DATA it removes the leading dots (RFC 5321 §4.5.2)
/// and finds the end, which is &lt;CR&gt;&lt;LF&gt;.&lt;CR&gt;&lt;LF&gt; to the octet: where another line end takes part in it, the
/// dot is content. Content by BDAT and HTTP has no dots to remove; its length ends it.
/// </summary>
internal struct ContentDecoder(int maxLineLength, BareLineFeed bare, bool dots)
{
    private static readonly byte[] CrLf = "\r\n"u8.ToArray();
    private static readonly byte[] DotLine = ".\r\n"u8.ToArray();
    private static readonly ReadOnlyMemory<byte> Lf = CrLf.AsMemory(1);

    private enum At : byte
    {
        LineStart,
        Text,
        Cr,
        Dot,
        DotCr,
        End,
    }

    private At _at;
    private bool _notAfterCrLf;
    private int _lineLength;

    /// <summary>The final dot was read.</summary>
    public readonly bool IsComplete => _at == At.End;

    public ContentFault Fault { get; private set; }

    /// <summary>Takes the next piece of content out of <paramref name="input"/>; false when it needs more, or is done.</summary>
    public bool TryRead(ref ReadOnlySequence<byte> input, out ReadOnlyMemory<byte> piece)
    {
        while (!input.IsEmpty && _at != At.End && Fault != ContentFault.BareLineEnd)
        {
            var taken = Scan(input.First, out piece);
            if (taken > 0)
                input = input.Slice(taken);
            if (piece.Length > 0)
                return true;
        }
        piece = default;
        return false;
    }

    /// <summary>Takes the next piece out of what is at hand.</summary>
    public bool TryRead(ref ReadOnlyMemory<byte> input, out ReadOnlyMemory<byte> piece)
    {
        while (!input.IsEmpty && _at != At.End && Fault != ContentFault.BareLineEnd)
        {
            var taken = Scan(input, out piece);
            input = input[taken..];
            if (piece.Length > 0)
                return true;
        }
        piece = default;
        return false;
    }

    /// <summary>The length is reached: a CR may be left over.</summary>
    /// <returns>The bytes to add.</returns>
    public ReadOnlyMemory<byte> Finish()
    {
        if (_at != At.Cr)
            return default;
        if (bare == BareLineFeed.Reject)
            Fault = ContentFault.BareLineEnd;
        return bare == BareLineFeed.Reject ? default : Lf;
    }

    /// <summary>Scans to the next change of the content, the end, a fault, or the end of the span; returns how much that was.</summary>
    private int Scan(ReadOnlyMemory<byte> memory, out ReadOnlyMemory<byte> piece)
    {
        var span = memory.Span;
        piece = default;
        var i = 0;
        while (i < span.Length)
        {
            var c = span[i];
            switch (_at)
            {
                case At.LineStart when c == '.' && dots:
                    _at = At.Dot;
                    piece = memory[..i];
                    return i + 1;
                case At.Dot when c == '\r':
                    _at = At.DotCr;
                    return i + 1;
                case At.Dot when c == '\n':
                    return LoneDot(1, crLf: false, out piece);
                case At.DotCr:
                    if (c == '\n' && !_notAfterCrLf)
                    {
                        _at = At.End;
                        return i + 1;
                    }
                    if (c == '\n')
                        return LoneDot(1, crLf: true, out piece);
                    if (c == '\r' && bare == BareLineFeed.Normalize)
                    {
                        _notAfterCrLf = true;
                        return i + 1;
                    }
                    return LoneDot(0, crLf: false, out piece);
                case At.Cr:
                    if (c != '\n')
                        return AfterCr(memory[..i], c, out piece);
                    StartLine(crLf: true);
                    i++;
                    break;
                default:
                    if (c == '\n')
                        return BareLf(memory[..i], out piece);
                    i += ScanText(span[i..]);
                    break;
            }
        }
        piece = memory[..i];
        return i;
    }

    /// <summary>Runs to the CR that ends the line, and over it; stops before an LF.</summary>
    private int ScanText(ReadOnlySpan<byte> span)
    {
        var end = span.IndexOfAny((byte)'\r', (byte)'\n');
        var text = end < 0 ? span.Length : end;
        _lineLength = (int)Math.Min((long)_lineLength + text, int.MaxValue);
        if (_lineLength > maxLineLength)
            Fault = ContentFault.LineTooLong;
        _at = At.Text;
        if (end < 0 || span[end] == '\n')
            return text;
        _at = At.Cr;
        return text + 1;
    }

    private void StartLine(bool crLf)
    {
        _at = At.LineStart;
        _notAfterCrLf = !crLf;
        _lineLength = 0;
    }

    /// <summary>An LF without CR: first what stands before it, then the CRLF that it becomes.</summary>
    private int BareLf(ReadOnlyMemory<byte> before, out ReadOnlyMemory<byte> piece)
    {
        piece = before;
        if (bare == BareLineFeed.Reject)
        {
            Fault = ContentFault.BareLineEnd;
            return before.Length + 1;
        }
        if (before.Length > 0)
            return before.Length;
        StartLine(crLf: false);
        piece = CrLf;
        return 1;
    }

    /// <summary>
    /// The CR has gone out already. Of CR CR LF one line end is made, as Postfix does: text that was converted twice has it at each line.
    /// </summary>
    private int AfterCr(ReadOnlyMemory<byte> before, byte next, out ReadOnlyMemory<byte> piece)
    {
        piece = before;
        if (bare == BareLineFeed.Reject)
        {
            Fault = ContentFault.BareLineEnd;
            return before.Length + 1;
        }
        if (next == '\r')
            return before.Length + 1;
        if (before.Length > 0)
            return before.Length;
        StartLine(crLf: false);
        piece = Lf;
        return 0;
    }

    /// <summary>A line of just a dot that is not the end.</summary>
    private int LoneDot(int taken, bool crLf, out ReadOnlyMemory<byte> piece)
    {
        piece = default;
        if (bare == BareLineFeed.Reject)
        {
            Fault = ContentFault.BareLineEnd;
            return 1;
        }
        StartLine(crLf);
        piece = DotLine;
        return taken;
    }
}
