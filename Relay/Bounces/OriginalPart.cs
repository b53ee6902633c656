using Ascii = System.Text.Ascii;
using MimeKit;
using Slimta.Smtp;
using Slimta.Smtp.Client;
using Slimta.Storage;

namespace Slimta.Relay.Bounces;

/// <summary>The last part of a report: the original or its header, byte for byte.</summary>
internal sealed record OriginalPart(MimeEntity Part, bool IsWhole)
{
    private const int MaxHeaderBytes = 32 * 1024;

    public static async Task<OriginalPart> MakeAsync(Envelope original, int maxBytes, bool utf8, CancellationToken cancellationToken)
    {
        var stranger = original.Client.IsStranger;
        var whole = !stranger && original.Parameters.TryGetValue("RET", out var ret) && ret.Equals("FULL", StringComparison.OrdinalIgnoreCase)
            && original.Content.Length <= maxBytes;
        var bytes = whole
            ? await original.Content.ToArrayAsync(cancellationToken)
            : await HeaderAsync(original.Content, stranger ? StrangerReports.MaxReturnedBytes : MaxHeaderBytes, cancellationToken);
        // MIME parts are lines too: a stray CR or LF of the original would make the report undeliverable.
        bytes = Lines(bytes);
        if (whole && !HasHeader(bytes))
            // An original that does not begin with a header field is all body; parsers take it so after an empty line.
            bytes = [.. "\r\n"u8, .. bytes];
        var type = (whole, utf8) switch
        {
            (true, false) => new ContentType("message", "rfc822"),
            (true, true) => new ContentType("message", "global"),
            (false, false) => new ContentType("text", "rfc822-headers"),
            (false, true) => new ContentType("message", "global-headers"),
        };
        // A MimePart, not a MessagePart: MimeKit would parse that and write it anew.
        var part = new MimePart(type)
        {
            Content = new MimeContent(new MemoryStream(bytes)),
            ContentTransferEncoding = Encoding(bytes, whole, utf8),
        };
        return new OriginalPart(part, whole);
    }

    /// <summary>
    /// A message in a message stays as it is (RFC 2046 §5.2.1). A header with 8 bits that was not declared to be UTF-8 is encoded
    /// (RFC 6522 §4), as are lines that are too long.
    /// </summary>
    private static ContentEncoding Encoding(byte[] bytes, bool whole, bool utf8)
    {
        if (!whole && ((!utf8 && !Ascii.IsValid(bytes)) || HasLongLine(bytes)))
            return ContentEncoding.QuotedPrintable;
        return Ascii.IsValid(bytes) ? ContentEncoding.SevenBit : ContentEncoding.EightBit;
    }

    /// <summary>Every line up to the empty one is a field or goes on with one (RFC 5322 §2.2).</summary>
    private static bool HasHeader(ReadOnlySpan<byte> bytes)
    {
        var header = bytes[..HeaderLength(bytes)];
        var isFirst = true;
        foreach (var range in header.Split("\r\n"u8))
        {
            var line = header[range];
            if (isFirst && HeaderLine.IsMailboxLine(line))
                continue;
            if (line.IsEmpty || line[0] is (byte)' ' or (byte)'\t' ? isFirst : !HeaderLine.TryReadName(line, out _, out _))
                return false;
            isFirst = false;
        }
        return bytes.Length > header.Length;
    }

    private static bool HasLongLine(ReadOnlySpan<byte> bytes)
    {
        foreach (var line in bytes.Split("\r\n"u8))
        {
            if (line.End.Value - line.Start.Value > ContentTraits.MaxLine)
                return true;
        }
        return false;
    }

    private static async Task<byte[]> HeaderAsync(MessageContent content, int maxBytes, CancellationToken cancellationToken)
    {
        using var start = new MemoryStream();
        await foreach (var piece in content.ReadAsync(cancellationToken))
        {
            start.Write(piece.Span[..(int)Math.Min(piece.Length, maxBytes - start.Length)]);
            if (start.Length == maxBytes || HeaderLength(start.GetBuffer().AsSpan(0, (int)start.Length)) < start.Length)
                break;
        }
        var bytes = start.ToArray();
        var header = bytes[..HeaderLength(bytes)];
        // Cut only at the end of a line.
        return header.Length < maxBytes ? header : header[..(header.AsSpan().LastIndexOf("\r\n"u8) is var end and >= 0 ? end + 2 : header.Length)];
    }

    private static int HeaderLength(ReadOnlySpan<byte> bytes) =>
        bytes.IndexOf("\r\n\r\n"u8) is var end and >= 0 ? end + 2 : bytes.Length;

    private static byte[] Lines(byte[] bytes)
    {
        var text = System.Text.Encoding.Latin1.GetString(bytes);
        return text.Replace("\r\n", "", StringComparison.Ordinal).AsSpan().ContainsAny('\r', '\n')
            ? System.Text.Encoding.Latin1.GetBytes(text.Replace("\r\n", "\n", StringComparison.Ordinal).Replace('\r', '\n').Replace("\n", "\r\n", StringComparison.Ordinal))
            : bytes;
    }
}
