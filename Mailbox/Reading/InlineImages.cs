using MimeKit;

namespace Slimta.Mailbox.Reading;

/// <summary>The images that a message carries, as the URLs that hold them. A frame that shows them needs no network.</summary>
internal sealed class InlineImages(IReadOnlyList<MimeEntity> parts, CancellationToken cancellationToken)
{
    /// <summary>Of all URLs together, in characters: HTML may name one image a thousand times.</summary>
    private const int Most = 16 * 1024 * 1024;

    /// <summary>In an image an SVG runs no script and loads nothing.</summary>
    private static readonly string[] Types = ["image/png", "image/jpeg", "image/gif", "image/webp", "image/bmp", "image/avif", "image/x-icon", "image/svg+xml"];

    private readonly Dictionary<MimePart, string?> _urls = [];
    private int _room = Most;

    /// <summary>Null for an image that is elsewhere, is none, or is too large.</summary>
    public string? Find(string url)
    {
        if (Array.Exists(Types, type => url.StartsWith($"data:{type}", StringComparison.OrdinalIgnoreCase) && url[$"data:{type}".Length..] is [';' or ',', ..]))
            return url;
        if (PartOf(url) is not { } part)
            return null;
        if (!_urls.TryGetValue(part, out var found))
            _urls[part] = found = UrlOf(part);
        if (found is null || found.Length > _room)
            return null;
        _room -= found.Length;
        return found;
    }

    private MimePart? PartOf(string url)
    {
        const string Scheme = "cid:";
        if (!url.StartsWith(Scheme, StringComparison.OrdinalIgnoreCase))
            return parts.OfType<MimePart>().FirstOrDefault(part => part.ContentLocation is { } location && location.OriginalString == url);
        var id = Uri.UnescapeDataString(url[Scheme.Length..]);
        return parts.OfType<MimePart>().FirstOrDefault(part => part.ContentId == id);
    }

    private string? UrlOf(MimePart part)
    {
        if (Array.Find(Types, type => type.Equals(part.ContentType.MimeType, StringComparison.OrdinalIgnoreCase)) is not { } type)
            return null;
        var (bytes, isWhole) = PartContent.Read(part, Most / 4 * 3, cancellationToken);
        return isWhole ? $"data:{type};base64,{Convert.ToBase64String(bytes.Span)}" : null;
    }
}
