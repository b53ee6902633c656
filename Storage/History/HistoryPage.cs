namespace Slimta.Storage;

/// <summary>What a look into the history found.</summary>
/// <param name="Cursor">
/// Where to go on; null at the end. A page may be short, or empty, and have a cursor: a call looks at so many entries and no more.
/// </param>
public sealed record HistoryPage(IReadOnlyList<EndedMessage> Messages, string? Cursor);
