using System.Text.Json.Serialization;

namespace Slimta.Storage;

/// <summary>The client that handed the message in.</summary>
public sealed record ClientInfo
{
    /// <summary>A message that the process itself made, such as a bounce.</summary>
    public static ClientInfo Local { get; } = new() { Protocol = "local", Trust = TrustedAs.Local };

    /// <summary>The address of the client's socket, or the one that a trusted proxy reported.</summary>
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
    /// <see cref="Trust"/> was kept is judged by the fields of that time: a login, or a way in that strangers never had.
    /// </summary>
    [JsonIgnore]
    public bool IsTrusted => Trust == TrustedAs.Unknown
        ? AuthenticatedAs is not null || Protocol is "local" or "HTTP" or "HTTPS"
        : !IsStranger;

    /// <summary>True if nothing is known of the client, so that the sender may be forged.</summary>
    [JsonIgnore]
    public bool IsStranger => Trust == TrustedAs.Stranger;
}
