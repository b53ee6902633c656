using System.Text;

namespace Slimta.Smtp.Client;

/// <summary>Goes over content once, piece by piece.</summary>
internal struct ContentScan()
{
    private bool _inHeader = true;
    private bool _emptyLine = true;
    private bool _afterCr;
    private bool _bare;
    private bool _header8Bit;
    private bool _body8Bit;
    private int _line;
    private bool _longLine;

    public readonly bool InHeader => _inHeader;

    public void Write(ReadOnlySpan<byte> piece)
    {
        while (!piece.IsEmpty)
        {
            if (!_inHeader && _bare)
            {
                _body8Bit |= !Ascii.IsValid(piece);
                return;
            }
            if (_afterCr)
            {
                _afterCr = false;
                if (piece[0] == (byte)'\n')
                {
                    EndLine(ref piece);
                    continue;
                }
                (_bare, _emptyLine) = (true, false);
            }
            var end = piece.IndexOfAny((byte)'\r', (byte)'\n');
            Look(end < 0 ? piece : piece[..end]);
            if (end < 0)
                return;
            _afterCr = piece[end] == (byte)'\r';
            if (!_afterCr)
                (_bare, _emptyLine) = (true, false);
            piece = piece[(end + 1)..];
        }
    }

    public readonly ContentTraits End() => new(_header8Bit, _body8Bit, _bare || _afterCr, _longLine || _line > ContentTraits.MaxLine);

    private void EndLine(ref ReadOnlySpan<byte> piece)
    {
        _inHeader &= !_emptyLine;
        _emptyLine = true;
        _longLine |= _line > ContentTraits.MaxLine;
        _line = 0;
        piece = piece[1..];
    }

    private void Look(ReadOnlySpan<byte> part)
    {
        if (part.IsEmpty)
            return;
        _emptyLine = false;
        _line += part.Length;
        if (Ascii.IsValid(part))
            return;
        if (_inHeader)
            _header8Bit = true;
        else
            _body8Bit = true;
    }
}
