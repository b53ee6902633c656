namespace Slimta.Storage;

/// <summary>The messages that wait for each destination.</summary>
/// <param name="Examined">How many messages were looked at.</param>
/// <param name="IsComplete">False if there are more: then the examined ones are a sample of the whole queue, and all counts are estimates.</param>
public sealed record QueueOverview(IReadOnlyList<DestinationCounts> Destinations, int Examined, bool IsComplete);
