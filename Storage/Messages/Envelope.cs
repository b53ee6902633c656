namespace Slimta.Storage;

/// <summary>
/// A message and the envelope it travels in (RFC 5321 §2.3.1): who sent it, who is to get it, how it came in.
/// </summary>
public sealed record Envelope
{
    /// <summary>The reverse-path, without angle brackets; empty for the null sender of bounces (RFC 5321 §4.5.5).</summary>
    public required string Sender { get; init; }

    /// <summary>
    /// The forward-paths. In an envelope read back from the queue, only those that still need an attempt,
    /// each with its <see cref="Recipient.Index"/> in the original envelope.
    /// </summary>
    public required IReadOnlyList<Recipient> Recipients { get; init; }

    /// <summary>Header and body, byte for byte. None while it goes to a <see cref="MessageWriter"/>.</summary>
    public MessageContent Content { get; init; } = MessageContent.None;

    public ClientInfo Client { get; init; } = ClientInfo.Local;

    /// <summary>The host that accepted the message; it names itself in the Received field.</summary>
    public string Receiver { get; init; } = "";

    /// <summary>When the message was accepted, by the receiver's clock.</summary>
    public DateTimeOffset Received { get; init; }

    /// <summary>The header's subject, decoded, in one line of at most 200 characters; null where there is none or it is not kept.</summary>
    public string? Subject { get; init; }

    /// <summary>The header's Message-ID without its angle brackets; null where it is not kept.</summary>
    public string? MessageId { get; init; }

    /// <summary>The id of the ended message that this one sends again (<see cref="IQueueHistory.ResendAsync"/>).</summary>
    public string? ResentFrom { get; init; }

    /// <summary>For a storage: refuses what could not be delivered, or would break a protocol further on.</summary>
    /// <exception cref="ArgumentException">Says which part is wrong.</exception>
    public void ThrowIfInvalid() => EnvelopeCheck.ThrowIfBad(this);

    /// <summary>
    /// Parameters of MAIL as the client gave them (RFC 5321 §4.1.2), keyed by upper-case keyword: BODY, SMTPUTF8,
    /// RET, ENVID. The storage keeps them and does not interpret them. A keyword without a value maps to "".
    /// </summary>
    public IReadOnlyDictionary<string, string> Parameters { get; init; } = EsmtpParameters.None;
}

internal static class EsmtpParameters
{
    public static IReadOnlyDictionary<string, string> None { get; } =
        System.Collections.ObjectModel.ReadOnlyDictionary<string, string>.Empty;
}
