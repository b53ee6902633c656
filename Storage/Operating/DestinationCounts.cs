namespace Slimta.Storage;

/// <summary>The messages that still have recipients in a domain; one that has recipients in several counts in each.</summary>
/// <param name="Bytes">Their content.</param>
/// <param name="Oldest">When the oldest was received.</param>
public sealed record DestinationCounts(string Domain, long Due, long Scheduled, long Leased, long Held, long Bytes, DateTimeOffset Oldest)
{
    public long Messages => Due + Scheduled + Leased + Held;

    /// <summary>
    /// The last reply for a recipient there, from the attempts of the message that was tried most; null if none has been tried, or if it is not
    /// among the <see cref="MostWithErrors"/> destinations with the most messages.
    /// </summary>
    public string? LastError { get; init; }

    /// <summary>So many destinations of an overview tell their last error.</summary>
    public const int MostWithErrors = 500;
}
