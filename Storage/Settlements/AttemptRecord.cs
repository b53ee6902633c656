namespace Slimta.Storage;

/// <summary>One delivery attempt.</summary>
public sealed record AttemptRecord
{
    public required DateTimeOffset Started { get; init; }
    public required TimeSpan Duration { get; init; }

    /// <summary>The relay that made the attempt.</summary>
    public required string Worker { get; init; }

    /// <summary>The W3C trace id of the attempt, 32 hexadecimal digits.</summary>
    public string? TraceId { get; init; }

    /// <summary>The route that an operator had ordered for it; null for those of the relay's table.</summary>
    public string? Route { get; init; }

    /// <summary>The ids of the messages that were written in the same step, such as reports to the sender. The queue sets it where it keeps records; what a caller sets is not kept.</summary>
    public IReadOnlyList<string> NewIds { get; init; } = [];

    public IReadOnlyList<RecipientOutcome> Recipients { get; init; } = [];
}
