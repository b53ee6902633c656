using System.Diagnostics;

namespace Slimta.Storage;

/// <summary>
/// What <see cref="IQueueStorage.WaitAsync"/> hands out: a message that is due, with its content, and the lease on it.
/// Disposing an entry that was not settled gives the message back, due at once.
/// </summary>
public sealed class QueueEntry : IAsyncDisposable
{
    private readonly Func<QueueEntry, ValueTask> _release;

    internal QueueEntry(DateTimeOffset timestamp, Lease lease, QueuedMessage message, Func<QueueEntry, ValueTask> release)
    {
        Timestamp = timestamp;
        Lease = lease;
        Message = message;
        _release = release;
    }

    /// <summary>When the message fell due, by the server's clock; for one that a dead relay left behind, when its lease ran out.</summary>
    public DateTimeOffset Timestamp { get; }

    public string Id => Lease.Id;

    public Lease Lease { get; }

    public QueuedMessage Message { get; }

    /// <summary>
    /// The trace that the delivery belongs to: the write's for the first attempt; for later ones that of this hand-out, which is
    /// linked to the write's. Default if tracing is off.
    /// </summary>
    public ActivityContext TraceContext { get; internal init; }

    /// <summary>python-slimta's pair, and the lease.</summary>
    public void Deconstruct(out DateTimeOffset timestamp, out string id, out Lease lease) =>
        (timestamp, id, lease) = (Timestamp, Id, Lease);

    public ValueTask DisposeAsync() => _release(this);
}

/// <summary>A message as the queue holds it.</summary>
public sealed record QueuedMessage
{
    public required string Id { get; init; }

    /// <summary>The envelope, without the recipients that need no further attempt.</summary>
    public required Envelope Envelope { get; init; }

    /// <summary>Delivery attempts counted so far.</summary>
    public required int Attempts { get; init; }

    /// <summary>
    /// From when its age counts, if that is not when it was received: when mail for later was first due, or when it was last released
    /// from hold.
    /// </summary>
    public DateTimeOffset? Since { get; init; }

    /// <summary>How many recipients the original envelope had; indexes run from 0 to one less.</summary>
    public required int RecipientCount { get; init; }

    /// <summary>What the last settlement kept for the next attempt (<see cref="Settlement.Note"/>).</summary>
    public string? Note { get; init; }

    /// <summary>An operator ordered it to be bounced, with this text: it is not to be delivered.</summary>
    public string? BounceText { get; init; }

    /// <summary>The trace in which the message was written, to continue (first attempt) or to link to (later ones).</summary>
    public ActivityContext TraceContext { get; init; }
}
