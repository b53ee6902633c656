namespace Slimta.Storage;

/// <summary>The number of messages in each state, and their size.</summary>
/// <param name="Bytes">The size of all messages: their content and their attempt records.</param>
/// <param name="OldestDue">When the message that has waited longest for a free relay fell due; null if none waits.</param>
/// <param name="OldestHeld">When the message that has waited longest for an operator was held; null if none is held.</param>
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
