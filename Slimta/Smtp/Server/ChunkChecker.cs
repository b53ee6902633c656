namespace Slimta.Smtp.Server;

/// <summary>
/// Looks at what BDAT brings. Its length ends it, so nothing can be smuggled here; but without BINARYMIME (RFC 3030 §3) it is still
/// lines of text, and a bare CR or LF in it would be smuggled at the next hop.
/// </summary>
internal struct ChunkChecker(int maxLineLength)
{
    private bool _cr;
    private int _lineLength;

    public ContentFault Fault { get; private set; }

    public void Check(ReadOnlySpan<byte> span)
    {
        while (!span.IsEmpty && Fault == ContentFault.None)
        {
            if (_cr)
            {
                if (span[0] != '\n')
                    Fault = ContentFault.BareLineEnd;
                _cr = false;
                _lineLength = 0;
                span = span[1..];
                continue;
            }
            var end = span.IndexOfAny((byte)'\r', (byte)'\n');
            var text = end < 0 ? span.Length : end;
            _lineLength = (int)Math.Min((long)_lineLength + text, int.MaxValue);
            if (_lineLength > maxLineLength)
                Fault = ContentFault.LineTooLong;
            if (end < 0)
                return;
            if (span[end] == '\n')
                Fault = ContentFault.BareLineEnd;
            _cr = true;
            span = span[(end + 1)..];
        }
    }

    /// <summary>The last chunk was read: a CR may not be left over.</summary>
    public void End()
    {
        if (_cr)
            Fault = ContentFault.BareLineEnd;
    }
}
