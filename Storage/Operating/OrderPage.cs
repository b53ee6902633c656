namespace Slimta.Storage;

/// <summary>The progress of an order on all messages that match.</summary>
/// <param name="Done">Messages that were changed; in a dry run, that would be.</param>
/// <param name="Delivering">Messages that match and are being delivered: they were left alone.</param>
/// <param name="Failed">Messages that match and could not be changed, with why.</param>
/// <param name="Cursor">Where the next call begins; null at the end.</param>
/// <param name="Problem">Why it stopped. Repeat the same call; it changes no message twice.</param>
/// <param name="Examined">Messages that were looked at.</param>
public sealed record OrderPage(
    int Done, int Delivering, IReadOnlyList<OrderFailure> Failed, string? Cursor, string? Problem = null, int Examined = 0);
