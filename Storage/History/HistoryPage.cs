namespace Slimta.Storage;

/// <summary>A page of ended messages.</summary>
/// <param name="Cursor">
/// Where the next page begins; null at the end. A page may be short, or empty, and have a cursor: one call examines a limited number of entries.
/// </param>
public sealed record HistoryPage(IReadOnlyList<EndedMessage> Messages, string? Cursor);
