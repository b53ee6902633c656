namespace Slimta.Storage;

/// <summary>A message that has left the queue.</summary>
/// <param name="Ended">When, by the queue's clock.</param>
/// <param name="Outcome">That of the message; each recipient has its own.</param>
public sealed record EndedMessage(string Id, DateTimeOffset Ended, EndOutcome Outcome)
{
    /// <summary>The message as it was; null if that cannot be read.</summary>
    public MessageMetadata? Message { get; init; }

    /// <summary>All recipients of the original envelope, each with how it ended and the words that it ended with.</summary>
    public IReadOnlyList<EndedRecipient> Recipients { get; init; } = [];

    /// <summary>The last attempts, 64 KiB of records at most.</summary>
    public IReadOnlyList<AttemptRecord> Attempts { get; init; } = [];

    /// <summary>Which operator ordered the end, and why; null where none did.</summary>
    public string? By { get; init; }
    public string? Reason { get; init; }

    /// <summary>Its content was kept, and it can be sent again.</summary>
    public bool ContentKept { get; init; }

    /// <summary>The part that cannot be read, and why.</summary>
    public string? Problem { get; init; }
}
