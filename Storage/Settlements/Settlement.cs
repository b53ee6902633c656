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

    /// <summary>For a hold or a drop: why, in words for the operator.</summary>
    public string? Reason { get; private init; }

    /// <summary>
    /// Indexes in the original envelope of recipients that need no further attempt: delivered, or failed permanently and
    /// reported. They are added to those marked before.
    /// </summary>
    public IReadOnlyCollection<int> Completed { get; init; } = [];

    /// <summary>
    /// Those of <see cref="Completed"/> that failed permanently, reported or not: the message's history says so.
    /// </summary>
    public IReadOnlyCollection<int> Failed { get; init; } = [];

    /// <summary>Who ordered the end, for the message's history.</summary>
    public string? By { get; init; }

    /// <summary>What happened; makes the attempt count, and is kept with the message while that stays (the last 50).</summary>
    public AttemptRecord? Attempt { get; init; }

    /// <summary>Something the relay wants to remember for the next attempt; null keeps what was there. At most 4 KiB.</summary>
    public string? Note { get; init; }

    /// <summary>Messages to put into the queue in the same step: bounces and delay reports.</summary>
    public IReadOnlyList<NewMessage> NewMessages { get; init; } = [];

    /// <summary>Nothing is left to do: the message goes.</summary>
    public static Settlement Remove() => new(SettlementKind.Remove);

    /// <summary>The message goes undelivered, without a report: history says why, and by whose order.</summary>
    public static Settlement Drop(string reason, string? by = null)
    {
        ArgumentException.ThrowIfNullOrWhiteSpace(reason);
        return new(SettlementKind.Remove) { Reason = reason, By = by };
    }

    /// <summary>Try again at <paramref name="next"/>.</summary>
    public static Settlement Retry(Due next) => new(SettlementKind.Retry) { Next = next };

    /// <summary>Keep the message until an operator decides.</summary>
    public static Settlement Hold(string reason)
    {
        ArgumentException.ThrowIfNullOrWhiteSpace(reason);
        return new(SettlementKind.Hold) { Reason = reason };
    }
}
