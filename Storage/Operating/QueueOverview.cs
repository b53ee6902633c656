namespace Slimta.Storage;

/// <summary>What waits for each destination.</summary>
/// <param name="Examined">How many messages were looked at.</param>
/// <param name="IsComplete">False if there are more: then they are spread over the whole queue, and all counts are reckoned from them.</param>
public sealed record QueueOverview(IReadOnlyList<DestinationCounts> Destinations, int Examined, bool IsComplete);
