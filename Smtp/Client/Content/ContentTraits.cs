namespace Slimta.Smtp.Client;

/// <summary>Properties that decide how content can be sent.</summary>
/// <param name="HeaderHas8Bit">The header has octets above 127: an internationalized message (RFC 6532).</param>
/// <param name="BodyHas8Bit">The body has.</param>
/// <param name="HasBareLineEnd">There is a CR or LF that is not part of a CRLF: only BINARYMIME (RFC 3030) can carry it.</param>
/// <param name="HasLongLine">There is a line of more than <see cref="MaxLine"/> octets.</param>
internal readonly record struct ContentTraits(bool HeaderHas8Bit, bool BodyHas8Bit, bool HasBareLineEnd, bool HasLongLine)
{
    /// <summary>Without its CRLF (RFC 5321 §4.5.3.1.6).</summary>
    public const int MaxLine = 998;

    public bool Has8Bit => HeaderHas8Bit || BodyHas8Bit;

    public static async ValueTask<ContentTraits> OfAsync(OutgoingContent content, CancellationToken cancellationToken)
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
    public static async ValueTask<bool> HeaderHas8BitAsync(OutgoingContent content, CancellationToken cancellationToken)
    {
        if (content.TryGetMemory(out _))
            return (await OfAsync(content, cancellationToken)).HeaderHas8Bit;
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
