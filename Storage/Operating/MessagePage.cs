namespace Slimta.Storage;

/// <summary>A page of messages.</summary>
/// <param name="Cursor">
/// Where the next page begins; null at the end. A page may be short, or empty, and have a cursor: one call examines a limited number of messages.
/// </param>
/// <param name="Examined">Messages that were looked at.</param>
public sealed record MessagePage(IReadOnlyList<QueueListing> Messages, string? Cursor, int Examined = 0);
