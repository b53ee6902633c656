using System.Text;
using MimeKit;
using Slimta.Storage;

namespace Slimta.Bounce;

/// <summary>The last part of a report: the original or its header, byte for byte.</summary>
internal sealed record OriginalPart(MimeEntity Part, bool IsWhole, bool IsUtf8)
{
    private const int MaxHeaderBytes = 32 * 1024;

    public static async Task<OriginalPart> MakeAsync(Envelope original, int maxBytes, CancellationToken cancellationToken)
    {
        var whole = original.Parameters.TryGetValue("RET", out var ret) && ret.Equals("FULL", StringComparison.OrdinalIgnoreCase)
            && original.Content.Length <= maxBytes;
        var bytes = whole ? await original.Content.ToArrayAsync(cancellationToken) : await HeaderAsync(original.Content, cancellationToken);
        // MIME parts are lines too: a stray CR or LF of the original would make the report undeliverable.
        bytes = Lines(bytes);
        var header = bytes.AsSpan(0, HeaderLength(bytes));
        var utf8 = original.Parameters.ContainsKey("SMTPUTF8") && !Ascii.IsValid(header);
        var type = (whole, utf8) switch
        {
            (true, false) => new ContentType("message", "rfc822"),
            (true, true) => new ContentType("message", "global"),
            (false, false) => new ContentType("text", "rfc822-headers"),
            (false, true) => new ContentType("message", "global-headers"),
        };
        // A MimePart, not a MessagePart: what is parsed is also rewritten.
        var part = new MimePart(type)
        {
            Content = new MimeContent(new MemoryStream(bytes)),
            ContentTransferEncoding = Ascii.IsValid(bytes) ? ContentEncoding.SevenBit : ContentEncoding.EightBit,
        };
        return new OriginalPart(part, whole, utf8);
    }

    private static async Task<byte[]> HeaderAsync(MessageContent content, CancellationToken cancellationToken)
    {
        using var start = new MemoryStream();
        await foreach (var piece in content.ReadAsync(cancellationToken))
        {
            start.Write(piece.Span[..(int)Math.Min(piece.Length, MaxHeaderBytes - start.Length)]);
            if (start.Length == MaxHeaderBytes || HeaderLength(start.GetBuffer().AsSpan(0, (int)start.Length)) < start.Length)
                break;
        }
        var bytes = start.ToArray();
        return bytes[..HeaderLength(bytes)];
    }

    private static int HeaderLength(ReadOnlySpan<byte> bytes) =>
        bytes.IndexOf("\r\n\r\n"u8) is var end and >= 0 ? end + 2 : bytes.Length;

    private static byte[] Lines(byte[] bytes)
    {
        var text = Encoding.Latin1.GetString(bytes);
        return text.Replace("\r\n", "", StringComparison.Ordinal).AsSpan().ContainsAny('\r', '\n')
            ? Encoding.Latin1.GetBytes(text.Replace("\r\n", "\n", StringComparison.Ordinal).Replace('\r', '\n').Replace("\n", "\r\n", StringComparison.Ordinal))
            : bytes;
    }
}
