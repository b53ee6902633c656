using System.Text;
using Slimta.Storage;

namespace Slimta.Smtp.Client;

/// <summary>What decides which way content can travel.</summary>
/// <param name="HeaderHas8Bit">The header has octets above 127: an internationalised message (RFC 6532).</param>
/// <param name="BodyHas8Bit">The body has.</param>
/// <param name="HasBareLineEnd">There is a CR or LF that is not part of a CRLF: only BINARYMIME (RFC 3030) can carry it.</param>
/// <param name="HasLongLine">There is a line of more than <see cref="MaxLine"/> octets.</param>
internal readonly record struct ContentTraits(bool HeaderHas8Bit, bool BodyHas8Bit, bool HasBareLineEnd, bool HasLongLine)
{
    /// <summary>Without its CRLF (RFC 5321 §4.5.3.1.6).</summary>
    public const int MaxLine = 998;

    public bool Has8Bit => HeaderHas8Bit || BodyHas8Bit;

    public static async ValueTask<ContentTraits> OfAsync(MessageContent content, CancellationToken cancellationToken)
    {
        var scan = new ContentScan();
        if (content.TryGetMemory(out var whole))
        {
            scan.Write(whole.Span);
            return scan.End();
        }
        await foreach (var piece in content.ReadAsync(cancellationToken))
            scan.Write(piece.Span);
        return scan.End();
    }

    /// <summary><see cref="HeaderHas8Bit"/> alone: reads no further than the header.</summary>
    public static async ValueTask<bool> HeaderHas8BitAsync(MessageContent content, CancellationToken cancellationToken)
    {
        var scan = new ContentScan();
        await foreach (var piece in content.ReadAsync(cancellationToken))
        {
            scan.Write(piece.Span);
            if (!scan.InHeader)
                break;
        }
        return scan.End().HeaderHas8Bit;
    }
}

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
