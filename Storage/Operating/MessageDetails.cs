namespace Slimta.Storage;

/// <summary>A message with its history.</summary>
public sealed record MessageDetails(QueueListing Listing, IReadOnlyList<AttemptRecord> Attempts);
