namespace Slimta.Storage;

/// <summary>
/// What becomes of a leased message after an attempt: all of it happens in one step on the server, or nothing does.
/// </summary>
public sealed record Settlement
{
    private Settlement(SettlementKind kind) => Kind = kind;

    public SettlementKind Kind { get; }

    /// <summary>For a retry: when the next attempt is due.</summary>
    public Due Next { get; private init; }

    /// <summary>For a hold: why, in words for the operator.</summary>
    public string? Reason { get; private init; }

    /// <summary>
    /// Indexes in the original envelope of recipients that need no further attempt: delivered, or failed for good and
    /// reported. They are added to those marked before.
    /// </summary>
    public IReadOnlyCollection<int> Completed { get; init; } = [];

    /// <summary>What happened; makes the attempt count, and is kept with the message while that stays (the last 50).</summary>
    public AttemptRecord? Attempt { get; init; }

    /// <summary>Something the relay wants to remember for the next attempt; null keeps what was there. At most 4 KiB.</summary>
    public string? Note { get; init; }

    /// <summary>Messages to put into the queue in the same step: bounces and delay reports.</summary>
    public IReadOnlyList<NewMessage> NewMessages { get; init; } = [];

    /// <summary>Nothing is left to do: the message goes.</summary>
    public static Settlement Remove() => new(SettlementKind.Remove);

    /// <summary>Try again at <paramref name="next"/>.</summary>
    public static Settlement Retry(Due next) => new(SettlementKind.Retry) { Next = next };

    /// <summary>Keep the message until an operator decides.</summary>
    public static Settlement Hold(string reason)
    {
        ArgumentException.ThrowIfNullOrWhiteSpace(reason);
        return new(SettlementKind.Hold) { Reason = reason };
    }
}

public enum SettlementKind
{
    Remove,
    Retry,
    Hold,
}

/// <summary>A message that a settlement writes.</summary>
public sealed record NewMessage(Envelope Envelope, Due Due = default);

/// <summary>What a settlement left behind.</summary>
/// <param name="Attempts">Attempts counted now.</param>
/// <param name="NewIds">The ids of the new messages, in order.</param>
public sealed record Settled(int Attempts, IReadOnlyList<string> NewIds);

/// <summary>One delivery attempt.</summary>
public sealed record AttemptRecord
{
    public required DateTimeOffset Started { get; init; }
    public required TimeSpan Duration { get; init; }

    /// <summary>The relay that made the attempt.</summary>
    public required string Worker { get; init; }

    /// <summary>The W3C trace id of the attempt, 32 hexadecimal digits.</summary>
    public string? TraceId { get; init; }

    public IReadOnlyList<RecipientOutcome> Recipients { get; init; } = [];
}

/// <summary>What an attempt did for one recipient.</summary>
/// <param name="Index">The recipient's position in the original envelope.</param>
public sealed record RecipientOutcome(int Index, DeliveryOutcome Outcome)
{
    /// <summary>The remote server's reply, all lines, or what went wrong before there was one.</summary>
    public string? Reply { get; init; }

    /// <summary>The host name of the remote server, its address and port, and the TLS protocol used.</summary>
    public string? Host { get; init; }
    public string? Address { get; init; }
    public string? Tls { get; init; }
}

/// <summary>How an attempt ended for a recipient.</summary>
public enum DeliveryOutcome
{
    /// <summary>The remote server took responsibility.</summary>
    Delivered,

    /// <summary>Refused for now (4yz, RFC 5321 §4.2.1), or not reachable.</summary>
    Transient,

    /// <summary>Refused for good (5yz).</summary>
    Permanent,

    /// <summary>The attempt ended before this recipient's turn.</summary>
    NotSent,

    /// <summary>All was sent and the reply never came: delivered or not is unknown (RFC 1047).</summary>
    Unknown,
}
