using System.Buffers;

namespace Slimta.Smtp.Server;

/// <summary>
/// Reads what follows DATA: removes the leading dots (RFC 5321 §4.5.2) and finds the end. Only CRLF ends a line, only CRLF.CRLF
/// ends the data, and any other CR or LF is a fault. Keeps its state between reads, so it does not matter how the bytes are split.
/// </summary>
internal struct DataDecoder(int maxLineLength)
{
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
    private int _lineLength;

    /// <summary>The final dot was read.</summary>
    public readonly bool IsComplete => _at == At.End;

    public ContentFault Fault { get; private set; }

    /// <summary>Takes the next piece of content out of <paramref name="input"/>, without copying; false when it needs more, or is done.</summary>
    public bool TryRead(ref ReadOnlySequence<byte> input, out ReadOnlyMemory<byte> piece)
    {
        while (!input.IsEmpty && _at != At.End && Fault != ContentFault.BareLineEnd)
        {
            var memory = input.First;
            var taken = Scan(memory.Span, out var start, out var length);
            input = input.Slice(taken);
            if (length > 0)
            {
                piece = memory.Slice(start, length);
                return true;
            }
        }
        piece = default;
        return false;
    }

    /// <summary>Scans to the next leading dot, the end, a fault, or the end of the span; returns how much that was.</summary>
    private int Scan(ReadOnlySpan<byte> span, out int start, out int length)
    {
        start = 0;
        var i = 0;
        while (i < span.Length)
        {
            var c = span[i];
            switch (_at)
            {
                case At.LineStart when c == '.':
                    _at = At.Dot;
                    length = i - start;
                    return i + 1;
                case At.Dot when c == '\r':
                    _at = At.DotCr;
                    length = 0;
                    return i + 1;
                case At.DotCr:
                    length = 0;
                    if (c == '\n')
                        _at = At.End;
                    else
                        Fault = ContentFault.BareLineEnd;
                    return i + 1;
                case At.Cr:
                    if (c != '\n')
                        return Bare(i, start, out length);
                    _at = At.LineStart;
                    _lineLength = 0;
                    i++;
                    break;
                default:
                    if (c == '\n')
                        return Bare(i, start, out length);
                    i += ScanText(span[i..]);
                    break;
            }
        }
        length = i - start;
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

    private int Bare(int at, int start, out int length)
    {
        Fault = ContentFault.BareLineEnd;
        length = at - start;
        return at + 1;
    }
}
