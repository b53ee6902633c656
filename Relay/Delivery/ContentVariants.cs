using Slimta.Relay.Dkim;
using Slimta.Smtp.Client;
using Slimta.Storage;

namespace Slimta.Relay.Delivery;

/// <summary>
/// A message's content in the forms that servers can take: as it is, or encoded; signed. Each is made when first needed and shared by
/// the groups of the attempt.
/// </summary>
internal sealed class ContentVariants(MessageContent original, DkimSigning dkim, LongLines longLines) : IDisposable
{
    private readonly SemaphoreSlim _one = new(1, 1);
    private ContentTraits? _traits;
    private MessageContent? _original;
    private Encoded? _sevenBit;
    private bool _sevenBitTried;

    public bool EncodesLongLines { get; } = longLines == LongLines.Encode;

    /// <summary>Set where a line was found too long only while the content was sent.</summary>
    public bool HasLongLine { get; set; }

    /// <summary>Known at no cost for small messages; large ones are read for it once, where it matters.</summary>
    public async ValueTask<ContentTraits> TraitsAsync(CancellationToken cancellationToken)
    {
        if (_traits is { } known)
            return known;
        var traits = await ContentTraits.OfAsync(original.ToOutgoing(), cancellationToken);
        _traits = traits;
        return traits;
    }

    public ValueTask<bool> HeaderHas8BitAsync(CancellationToken cancellationToken) =>
        _traits is { } known ? new(known.HeaderHas8Bit) : ContentTraits.HeaderHas8BitAsync(original.ToOutgoing(), cancellationToken);

    /// <summary>As it is, signed if there is a key.</summary>
    public ValueTask<MessageContent> OriginalAsync(CancellationToken cancellationToken) =>
        _original is { } made ? new(made)
        : dkim.IsEmpty ? new(_original = original)
        : new(LockedAsync(async () => _original ??= await dkim.SignAsync(original, cancellationToken), cancellationToken));

    /// <summary>With 8-bit bodies encoded (RFC 6152 §3), signed after; null if that would change what the message says or break a signature within.</summary>
    public async ValueTask<MessageContent?> SevenBitAsync(CancellationToken cancellationToken) =>
        (await EncodedAsync(cancellationToken))?.Content;

    /// <summary>With parts encoded whose lines are too long, as <see cref="SevenBitAsync"/>; null also where a DKIM signature of others would break.</summary>
    public async ValueTask<MessageContent?> ShortLinesAsync(CancellationToken cancellationToken) =>
        await EncodedAsync(cancellationToken) is { IsSigned: false } encoded ? encoded.Content : null;

    private Task<Encoded?> EncodedAsync(CancellationToken cancellationToken) =>
        LockedAsync(async () =>
        {
            if (!_sevenBitTried && await SevenBit.ConvertAsync(original, cancellationToken) is { } converted)
                _sevenBit = dkim.IsEmpty ? converted : converted with { Content = await dkim.SignAsync(converted.Content, cancellationToken) };
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
