namespace Slimta.Storage;

/// <summary>A message in a listing.</summary>
/// <param name="Timestamp">When it is due; for a leased one, when the lease runs out; for a held one, since when.</param>
/// <param name="Message">Null if the message cannot be read.</param>
/// <param name="HoldReason">Why it is held.</param>
/// <param name="LeaseOwner">Who is delivering it.</param>
/// <param name="Problem">The part that cannot be read, and why.</param>
public sealed record QueueListing(
    string Id,
    MessageState State,
    DateTimeOffset Timestamp,
    MessageMetadata? Message,
    string? HoldReason = null,
    string? LeaseOwner = null,
    string? Problem = null);
