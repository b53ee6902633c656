using MimeKit;
using Slimta.Smtp.Client;
using Slimta.Storage;

namespace Slimta.Relay.Delivery;

/// <summary>Content that was encoded.</summary>
/// <param name="IsSigned">Somebody signed what it was made of with DKIM, and that signature is broken now.</param>
internal sealed record Encoded(MessageContent Content, bool IsSigned);

/// <summary>Bodies to 7 bits and lines of legal length, with MimeKit: quoted-printable or base64 for the parts that need it.</summary>
internal static class SevenBit
{
    private static readonly ParserOptions Options = new() { MaxMimeDepth = MimeLimits.MaxDepth };

    /// <summary>Null if it cannot be made so without changing what it says, or costs more than mail may.</summary>
    public static async ValueTask<Encoded?> ConvertAsync(MessageContent content, CancellationToken cancellationToken)
    {
        using var source = new MemoryStream(await content.ToArrayAsync(cancellationToken), writable: false);
        if (!await MimeLimits.AllowAsync(source, cancellationToken))
            return null;
        try
        {
            source.Position = 0;
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

/// <summary>
/// What mail may cost to take apart. A parser looks for the boundary of every level in every line, so a thousand levels make each line a
/// thousand times as dear; and each part and field is objects.
/// </summary>
internal sealed class MimeLimits : MimeReader
{
    /// <summary>Postfix's mime_nesting_limit.</summary>
    public const int MaxDepth = 100;

    /// <summary>Many times what people attach; a digest has some hundred.</summary>
    private const int MaxParts = 1000;

    /// <summary>Ten for each part.</summary>
    private const int MaxFields = 10_000;

    private int _depth;
    private int _parts;
    private int _fields;

    private MimeLimits(Stream stream)
        : base(new ParserOptions { MaxMimeDepth = MaxDepth + 2 }, stream, MimeFormat.Entity)
    {
    }

    public static async Task<bool> AllowAsync(Stream stream, CancellationToken cancellationToken)
    {
        try
        {
            await new MimeLimits(stream).ReadMessageAsync(cancellationToken);
            return true;
        }
        catch (Exception e) when (e is FormatException or TooMuchException)
        {
            return false;
        }
    }

    protected override void OnHeaderRead(Header header, int beginLineNumber, CancellationToken cancellationToken) => Count(ref _fields, MaxFields);

    protected override void OnMimePartBegin(ContentType contentType, long beginOffset, int beginLineNumber, CancellationToken cancellationToken) =>
        Count(ref _parts, MaxParts);

    protected override void OnMessagePartBegin(ContentType contentType, long beginOffset, int beginLineNumber, CancellationToken cancellationToken) => Enter();

    protected override void OnMessagePartEnd(
        ContentType contentType, long beginOffset, int beginLineNumber, long headersEndOffset, long endOffset, int lines, CancellationToken cancellationToken) => _depth--;

    protected override void OnMultipartBegin(ContentType contentType, long beginOffset, int beginLineNumber, CancellationToken cancellationToken) => Enter();

    protected override void OnMultipartEnd(
        ContentType contentType, long beginOffset, int beginLineNumber, long headersEndOffset, long endOffset, int lines, CancellationToken cancellationToken) => _depth--;

    private void Enter()
    {
        Count(ref _parts, MaxParts);
        if (++_depth > MaxDepth)
            throw new TooMuchException();
    }

    private static void Count(ref int count, int limit)
    {
        if (++count > limit)
            throw new TooMuchException();
    }

    private sealed class TooMuchException : Exception;
}
