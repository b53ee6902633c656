using MimeKit;
using Slimta.Smtp;
using Slimta.Smtp.Client;
using Slimta.Storage;

namespace Slimta.Relay.Delivery;

/// <summary>Content that was encoded.</summary>
/// <param name="IsSigned">The original was signed with DKIM, and that signature is broken now.</param>
internal sealed record Encoded(MessageContent Content, bool IsSigned);

/// <summary>Bodies to 7 bits and lines of legal length, with MimeKit: quoted-printable or base64 for the parts that need it.</summary>
internal static class SevenBit
{
    private static readonly ParserOptions Options = new() { MaxMimeDepth = MimeLimits.MaxDepth };

    /// <summary>Null if it cannot be made so without changing what it says, or costs more than mail may.</summary>
    public static async ValueTask<Encoded?> ConvertAsync(MessageContent content, CancellationToken cancellationToken)
    {
        var original = await content.ToArrayAsync(cancellationToken);
        if (!await MimeLimits.AllowAsync(original, cancellationToken))
            return null;
        try
        {
            using var source = new MemoryStream(original, writable: false);
            var message = await MimeMessage.LoadAsync(Options, source, cancellationToken);
            // Encoding a part of what is signed would break the signature (RFC 1847 §2.1).
            if (HasSigned(message.Body))
                return null;
            if (message.MimeVersion is null)
                message.MimeVersion = new Version(1, 0);
            message.Prepare(EncodingConstraint.SevenBit, ContentTraits.MaxLine);
            using var target = new MemoryStream();
            var format = FormatOptions.Default.Clone();
            format.NewLineFormat = NewLineFormat.Dos;
            await message.WriteToAsync(format, target, cancellationToken);
            var bytes = LongFields.Fold(target.ToArray());
            var body = bytes.AsSpan(LongFields.HeaderLength(bytes));
            // The header is as it came, and passes so.
            return System.Text.Ascii.IsValid(body)
                ? new(MessageContent.From(bytes), message.Headers.Contains(HeaderId.DkimSignature) || message.Headers.Contains(HeaderId.ArcMessageSignature))
                : null;
        }
        catch (FormatException)
        {
            return null;
        }
    }

    private static bool HasSigned(MimeEntity? entity) => entity switch
    {
        MimeKit.Cryptography.MultipartSigned => true,
        Multipart multipart => multipart.Any(HasSigned),
        MessagePart part => HasSigned(part.Message?.Body),
        _ => false,
    };
}
