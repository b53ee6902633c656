using System.Text.Json.Serialization;

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

    /// <summary>For a storage: refuses what could not be delivered, or would break a protocol further on.</summary>
    /// <exception cref="ArgumentException">Says which part is wrong.</exception>
    public void ThrowIfInvalid() => EnvelopeCheck.ThrowIfBad(this);

    /// <summary>
    /// Parameters of MAIL as the client gave them (RFC 5321 §4.1.2), keyed by upper-case keyword: BODY, SMTPUTF8,
    /// RET, ENVID. The storage keeps them and does not interpret them. A keyword without a value maps to "".
    /// </summary>
    public IReadOnlyDictionary<string, string> Parameters { get; init; } = EsmtpParameters.None;
}

/// <summary>One forward-path of an envelope.</summary>
/// <param name="Address">The mailbox, without angle brackets.</param>
public sealed record Recipient(string Address)
{
    /// <summary>The position in the original envelope, from 0; set on envelopes that come from the queue.</summary>
    public int Index { get; init; } = -1;

    /// <summary>Parameters of RCPT as the client gave them, keyed by upper-case keyword: NOTIFY, ORCPT.</summary>
    public IReadOnlyDictionary<string, string> Parameters { get; init; } = EsmtpParameters.None;

    public static implicit operator Recipient(string address) => new(address);
}

/// <summary>Why a message was taken from the client that handed it in: decided by what the client proved, never by what it said.</summary>
public enum TrustedAs
{
    /// <summary>Not recorded: a message stored before this was kept.</summary>
    Unknown,

    /// <summary>The recipients are open to all; nothing is known of the client.</summary>
    Stranger,

    /// <summary>Its address belongs to a network that may send to any recipient.</summary>
    Network,

    /// <summary>It logged in as the user <see cref="ClientInfo.AuthenticatedAs"/>.</summary>
    User,

    /// <summary>It showed the API key <see cref="ClientInfo.AuthenticatedAs"/>.</summary>
    ApiKey,

    /// <summary>The process made the message itself, such as a bounce.</summary>
    Local,
}

/// <summary>The client that handed the message in.</summary>
public sealed record ClientInfo
{
    /// <summary>A message that the process itself made, such as a bounce.</summary>
    public static ClientInfo Local { get; } = new() { Protocol = "local", Trust = TrustedAs.Local };

    /// <summary>The address of the client's socket, or what a trusted proxy said it is.</summary>
    public string? Ip { get; init; }

    /// <summary>The name that the address resolves to, where it was looked up.</summary>
    public string? Host { get; init; }

    /// <summary>What the client called itself in EHLO or HELO.</summary>
    public string? HeloName { get; init; }

    /// <summary>A keyword of the "with" registry (RFC 3848): SMTP, ESMTP, ESMTPS, ESMTPSA, HTTP, local.</summary>
    public required string Protocol { get; init; }

    /// <summary>The authenticated identity, if there is one: the user's name, or the API key's.</summary>
    public string? AuthenticatedAs { get; init; }

    /// <summary>Why the message was taken.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingDefault)]
    public TrustedAs Trust { get; init; }

    /// <summary>
    /// True if the message is ours or our users': only then does our name vouch for it. A message from before
    /// <see cref="Trust"/> was kept is judged by what was kept then: a login, or a way in that strangers never had.
    /// </summary>
    [JsonIgnore]
    public bool IsTrusted => Trust == TrustedAs.Unknown
        ? AuthenticatedAs is not null || Protocol is "local" or "HTTP" or "HTTPS"
        : !IsStranger;

    /// <summary>True if nothing is known of the client, so that the sender may be forged.</summary>
    [JsonIgnore]
    public bool IsStranger => Trust == TrustedAs.Stranger;
}

internal static class EsmtpParameters
{
    public static IReadOnlyDictionary<string, string> None { get; } =
        System.Collections.ObjectModel.ReadOnlyDictionary<string, string>.Empty;
}
