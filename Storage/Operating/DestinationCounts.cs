namespace Slimta.Storage;

/// <summary>The messages that still have recipients in a domain; one that has recipients in several counts in each.</summary>
/// <param name="Bytes">Their content.</param>
/// <param name="Oldest">When the oldest was received.</param>
public sealed record DestinationCounts(string Domain, long Due, long Scheduled, long Leased, long Held, long Bytes, DateTimeOffset Oldest)
{
    public long Messages => Due + Scheduled + Leased + Held;
}
