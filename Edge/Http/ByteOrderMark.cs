namespace Slimta.Edge.Http;

/// <summary>Drops the byte order mark with which editors begin files: after a mark, a message's first line is no header field.</summary>
internal struct ByteOrderMark
{
    private int _matched;
    private bool _done;

    /// <returns>What is left of the next piece; a mark that turns out to be none, whole.</returns>
    public ReadOnlyMemory<byte> Skip(ReadOnlyMemory<byte> piece)
    {
        ReadOnlySpan<byte> mark = [0xEF, 0xBB, 0xBF];
        var at = 0;
        while (!_done && at < piece.Length)
        {
            if (piece.Span[at] != mark[_matched])
            {
                _done = true;
                return _matched == at ? piece : (byte[])[.. mark[.._matched], .. piece.Span[at..]];
            }
            at++;
            _done = ++_matched == mark.Length;
        }
        return piece[at..];
    }
}
