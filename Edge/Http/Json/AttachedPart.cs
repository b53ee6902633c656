using System.Text;
using MimeKit;

namespace Slimta.Edge.Http;

/// <summary>Makes a MIME part of an attachment, without a copy of it.</summary>
internal static class AttachedPart
{
    /// <summary>RFC 5322 §2.1.1, without CRLF.</summary>
    private const int MaxLine = 998;

    /// <summary>message/rfc822, and what else is a message within a message.</summary>
    public static bool IsMessage(ContentType type) => type.MediaType.Equals("message", StringComparison.OrdinalIgnoreCase);

    /// <returns>Null if <paramref name="errors"/> says what is wrong.</returns>
    public static MimePart? Make(string field, MessageAttachment attachment, FieldErrors errors)
    {
        if (string.IsNullOrEmpty(attachment.Name))
            errors.Add($"{field}.name", "A name is needed.");
        else if (attachment.Content is null)
            errors.Add($"{field}.content", "Content is needed, in base64.");
        else if (!errors.IsClean($"{field}.name", attachment.Name) || !errors.IsClean($"{field}.contentType", attachment.ContentType))
            return null;
        else if (TypeOf(attachment) is not { } type)
            errors.Add($"{field}.contentType", "Not a media type, such as application/pdf; multipart is none for an attachment.");
        else if (!IsMessage(type))
            return Part(attachment.Name, type, attachment.Content, ContentEncoding.Base64);
        else if (Lines(attachment.Content) is { } lines)
            return Part(attachment.Name, type, lines, Ascii.IsValid(lines) ? ContentEncoding.SevenBit : ContentEncoding.EightBit);
        else if (attachment.ContentType is null)
            return Part(attachment.Name, new("application", "octet-stream"), attachment.Content, ContentEncoding.Base64);
        else
            errors.Add($"{field}.content", $"A message has lines of at most {MaxLine} octets, and no NUL.");
        return null;
    }

    private static ContentType? TypeOf(MessageAttachment attachment) =>
        ContentType.TryParse(attachment.ContentType ?? MimeTypes.GetMimeType(attachment.Name!), out var type)
        && !type.MediaType.Equals("multipart", StringComparison.OrdinalIgnoreCase) ? type : null;

    private static MimePart Part(string name, ContentType type, byte[] content, ContentEncoding encoding) => new(type)
    {
        Content = new MimeContent(new MemoryStream(content, writable: false)),
        ContentTransferEncoding = encoding,
        ContentDisposition = new ContentDisposition(ContentDisposition.Attachment),
        FileName = name,
    };

    /// <summary>The content with CRLF after each line; null if it is no text of lines.</summary>
    private static byte[]? Lines(byte[] content)
    {
        using var lines = new MemoryStream(content.Length + 64);
        var rest = content.AsSpan();
        while (!rest.IsEmpty)
        {
            var end = rest.IndexOfAny((byte)'\r', (byte)'\n', (byte)0);
            var line = end < 0 ? rest : rest[..end];
            if (line.Length > MaxLine || (end >= 0 && rest[end] == 0))
                return null;
            lines.Write(line);
            lines.Write("\r\n"u8);
            if (end < 0)
                break;
            rest = rest[(end + (rest[end..].StartsWith("\r\n"u8) ? 2 : 1))..];
        }
        return lines.ToArray();
    }
}
