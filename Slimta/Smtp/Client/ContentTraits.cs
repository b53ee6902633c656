using System.Text;
using Slimta.Storage;

namespace Slimta.Smtp.Client;

/// <summary>What decides which way content can travel.</summary>
/// <param name="HeaderHas8Bit">The header has octets above 127: an internationalised message (RFC 6532).</param>
/// <param name="BodyHas8Bit">The body has.</param>
/// <param name="HasBareLineEnd">There is a CR or LF that is not part of a CRLF: only BINARYMIME (RFC 3030) can carry it.</param>
internal readonly record struct ContentTraits(bool HeaderHas8Bit, bool BodyHas8Bit, bool HasBareLineEnd)
{
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
                _bare = true;
            }
            var end = piece.IndexOfAny((byte)'\r', (byte)'\n');
            Look(end < 0 ? piece : piece[..end]);
            if (end < 0)
                return;
            _afterCr = piece[end] == (byte)'\r';
            _bare |= !_afterCr;
            piece = piece[(end + 1)..];
        }
    }

    public readonly ContentTraits End() => new(_header8Bit, _body8Bit, _bare || _afterCr);

    private void EndLine(ref ReadOnlySpan<byte> piece)
    {
        _inHeader &= !_emptyLine;
        _emptyLine = true;
        piece = piece[1..];
    }

    private void Look(ReadOnlySpan<byte> part)
    {
        if (part.IsEmpty)
            return;
        _emptyLine = false;
        if (Ascii.IsValid(part))
            return;
        if (_inHeader)
            _header8Bit = true;
        else
            _body8Bit = true;
    }
}
