namespace Slimta.Storage;

/// <summary>How many messages are in which state, and how much they weigh.</summary>
/// <param name="Bytes">What all messages weigh: their content and their attempt records.</param>
/// <param name="OldestDue">Since when the message that has waited longest for a free relay is due; null when none waits.</param>
/// <param name="OldestHeld">Since when the message that has waited longest for an operator is held; null when none is.</param>
public sealed record QueueCounts(
    long Due, long Scheduled, long Leased, long Held, long Bytes, DateTimeOffset? OldestDue, DateTimeOffset? OldestHeld = null)
{
    public long Total => Due + Scheduled + Leased + Held;

    internal long Of(MessageState state) => state switch
    {
        MessageState.Due => Due,
        MessageState.Scheduled => Scheduled,
        MessageState.Leased => Leased,
        _ => Held,
    };
}
