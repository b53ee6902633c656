namespace Slimta.Storage;

/// <summary>What waits for each destination.</summary>
/// <param name="Examined">How many messages were looked at, those first that are due first.</param>
/// <param name="IsComplete">False if there are more.</param>
public sealed record QueueOverview(IReadOnlyList<DestinationCounts> Destinations, int Examined, bool IsComplete);
