using System.Text;

namespace Slimta.Storage;

/// <summary>What no queue may take: it could not be delivered, or would break a protocol further on.</summary>
internal static class EnvelopeCheck
{
    /// <summary>RFC 5321 §4.5.3.1: 64 octets of local part, the @, and 255 of domain.</summary>
    private const int MaxAddressBytes = 320;

    /// <exception cref="ArgumentException">Says which part is wrong.</exception>
    public static void ThrowIfBad(Envelope envelope)
    {
        ArgumentNullException.ThrowIfNull(envelope);
        if (envelope.Content is null)
            throw new ArgumentException("The envelope has no content.", nameof(envelope));
        if (envelope.Recipients is not { Count: > 0 })
            throw new ArgumentException("An envelope needs at least one recipient.", nameof(envelope));
        if (envelope.Sender is null)
            throw new ArgumentException("The sender is null; the null sender is the empty string.", nameof(envelope));
        CheckAddress(envelope, envelope.Sender, "sender");
        for (var i = 0; i < envelope.Recipients.Count; i++)
        {
            var address = envelope.Recipients[i]?.Address;
            if (string.IsNullOrEmpty(address))
                throw new ArgumentException($"Recipient {i} is null or empty.", nameof(envelope));
            CheckAddress(envelope, address, $"recipient {i}");
        }
    }

    private static void CheckAddress(Envelope envelope, string address, string who)
    {
        if (Encoding.UTF8.GetByteCount(address) is > MaxAddressBytes and var bytes)
            throw new ArgumentException($"The address of {who} has {bytes} bytes; at most {MaxAddressBytes} are allowed (RFC 5321 §4.5.3.1).", nameof(envelope));
        if (address.AsSpan().ContainsAny('\r', '\n', '\0'))
            throw new ArgumentException($"The address of {who} contains CR, LF or NUL.", nameof(envelope));
    }
}
