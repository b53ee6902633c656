using MimeKit;
using Slimta.Relay.Dkim;
using Slimta.Smtp.Client;
using Slimta.Storage;

namespace Slimta.Relay.Delivery;

/// <summary>
/// A message's content in the forms that servers can take: as it is, or with 8-bit bodies encoded; signed. Each is made when
/// first needed and shared by the groups of the attempt.
/// </summary>
internal sealed class ContentVariants(MessageContent original, DkimSigning dkim) : IDisposable
{
    private readonly SemaphoreSlim _one = new(1, 1);
    private ContentTraits? _traits;
    private MessageContent? _original;
    private MessageContent? _sevenBit;
    private bool _sevenBitTried;

    /// <summary>Known at no cost for small messages; large ones are read for it once, where it matters.</summary>
    public async ValueTask<ContentTraits> TraitsAsync(CancellationToken cancellationToken)
    {
        if (_traits is { } known)
            return known;
        var traits = await ContentTraits.OfAsync(original, cancellationToken);
        _traits = traits;
        return traits;
    }

    /// <summary>As it is, signed if there is a key.</summary>
    public ValueTask<MessageContent> OriginalAsync(CancellationToken cancellationToken) =>
        _original is { } made ? new(made)
        : dkim.IsEmpty ? new(_original = original)
        : new(LockedAsync(async () => _original ??= await dkim.SignAsync(original, cancellationToken), cancellationToken));

    /// <summary>With 8-bit bodies encoded (RFC 6152 §3), signed after; null if that would change what the message says or break a signature within.</summary>
    public async ValueTask<MessageContent?> SevenBitAsync(CancellationToken cancellationToken) =>
        await LockedAsync(async () =>
        {
            if (!_sevenBitTried && await SevenBit.ConvertAsync(original, cancellationToken) is { } converted)
                _sevenBit = dkim.IsEmpty ? converted : await dkim.SignAsync(converted, cancellationToken);
            _sevenBitTried = true;
            return _sevenBit;
        }, cancellationToken);

    public void Dispose() => _one.Dispose();

    private async Task<T> LockedAsync<T>(Func<Task<T>> make, CancellationToken cancellationToken)
    {
        await _one.WaitAsync(cancellationToken);
        try
        {
            return await make();
        }
        finally
        {
            _one.Release();
        }
    }
}

/// <summary>8BITMIME to 7 bits with MimeKit: quoted-printable or base64 for the parts that need it.</summary>
internal static class SevenBit
{
    public static async ValueTask<MessageContent?> ConvertAsync(MessageContent content, CancellationToken cancellationToken)
    {
        using var source = new MemoryStream(await content.ToArrayAsync(cancellationToken), writable: false);
        try
        {
            var message = await MimeMessage.LoadAsync(source, cancellationToken);
            // Encoding a part of what is signed would break the signature (RFC 1847 §2.1).
            if (HasSigned(message.Body))
                return null;
            if (message.MimeVersion is null)
                message.MimeVersion = new Version(1, 0);
            message.Prepare(EncodingConstraint.SevenBit);
            using var target = new MemoryStream();
            var format = FormatOptions.Default.Clone();
            format.NewLineFormat = NewLineFormat.Dos;
            await message.WriteToAsync(format, target, cancellationToken);
            var bytes = target.ToArray();
            return System.Text.Ascii.IsValid(bytes) ? MessageContent.From(bytes) : null;
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
