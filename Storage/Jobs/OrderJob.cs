namespace Slimta.Storage;

/// <summary>An order on all messages that match, and its progress.</summary>
public sealed record OrderJob
{
    /// <summary>Assigned by the queue.</summary>
    public string Id { get; init; } = "";

    public required MessageFilter Filter { get; init; }

    public required OperatorOrder Order { get; init; }

    /// <summary>Who ordered it.</summary>
    public required string Author { get; init; }

    public required DateTimeOffset Started { get; init; }

    /// <summary>Null while it runs.</summary>
    public DateTimeOffset? Ended { get; init; }

    public OrderJobState State { get; init; }

    /// <summary>Messages that it has looked at.</summary>
    public long Examined { get; init; }

    /// <summary>Messages that it has to look at: those in a state for the order when it was started.</summary>
    public long Total { get; init; }

    /// <summary>Messages that it has changed, each counted once.</summary>
    public long Done { get; init; }

    /// <summary>Messages that match and were being delivered when it came to them: they were left alone.</summary>
    public long Delivering { get; init; }

    /// <summary>Messages that match and could not be changed.</summary>
    public long Failed { get; init; }

    /// <summary>The first hundred of those, with why.</summary>
    public IReadOnlyList<OrderFailure> Failures { get; init; } = [];

    /// <summary>Who asked it to stop; a job that still runs is about to.</summary>
    public string? CanceledBy { get; init; }

    /// <summary>Why it does not go on at present, or why it failed.</summary>
    public string? Problem { get; init; }
}
