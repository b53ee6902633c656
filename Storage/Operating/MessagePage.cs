namespace Slimta.Storage;

/// <summary>What a look for messages found.</summary>
/// <param name="Cursor">
/// Where to go on; null at the end. A page may be short, or empty, and have a cursor: a call looks at so many messages and no more.
/// </param>
/// <param name="Examined">Messages that were looked at.</param>
public sealed record MessagePage(IReadOnlyList<QueueListing> Messages, string? Cursor, int Examined = 0);
