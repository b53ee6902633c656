using System.Diagnostics;

namespace Slimta.Storage;

/// <summary>
/// An entry that <see cref="IQueueStorage.WaitAsync"/> hands out: a message that is due, with its content, the lease on it, and its consumer's
/// operations. Disposing an entry that was not settled gives the message back, due at once. Implement it in a storage, or as a test double.
/// </summary>
/// <param name="timestamp">See <see cref="Timestamp"/>.</param>
public abstract class QueueEntry(DateTimeOffset timestamp, Lease lease, QueuedMessage message) : IAsyncDisposable
{
    /// <summary>When the message fell due, by the storage's clock; for one that a dead relay left behind, when its lease ran out.</summary>
    public DateTimeOffset Timestamp { get; } = timestamp;

    public string Id => Lease.Id;

    public Lease Lease { get; } = lease;

    public QueuedMessage Message { get; } = message;

    /// <summary>
    /// The trace that the delivery belongs to: the write's for the first attempt; for later ones that of this hand-out, which is
    /// linked to the write's. Default if tracing is off.
    /// </summary>
    public ActivityContext TraceContext { get; init; }

    /// <summary>Ends an attempt: everything in <paramref name="settlement"/> in one step, then the lease is over.</summary>
    /// <exception cref="ArgumentOutOfRangeException">An index is not one of the original envelope's. Nothing was changed.</exception>
    /// <exception cref="LeaseLostException"/>
    /// <exception cref="QueueException"/>
    public abstract Task<Settled> SettleAsync(Settlement settlement, CancellationToken cancellationToken = default);

    /// <summary>Gives the message back untouched, due at once. No attempt is counted.</summary>
    /// <exception cref="LeaseLostException"/>
    /// <exception cref="QueueException"/>
    public abstract Task ReleaseAsync(CancellationToken cancellationToken = default);

    /// <summary>
    /// Marks recipients as delivered while others are still being tried, so that a crash does not send it to them again; the lease goes on.
    /// </summary>
    /// <param name="indexes">Positions in the original envelope (<see cref="Recipient.Index"/>).</param>
    /// <inheritdoc cref="SettleAsync" path="/exception"/>
    public abstract Task MarkAsync(IReadOnlyCollection<int> indexes, CancellationToken cancellationToken = default);

    /// <summary>python-slimta's pair, and the lease.</summary>
    public void Deconstruct(out DateTimeOffset timestamp, out string id, out Lease lease) =>
        (timestamp, id, lease) = (Timestamp, Id, Lease);

    /// <summary>
    /// Gives the message back if it was not settled. Throws nothing: a message that could not be given back falls due when its lease runs out.
    /// </summary>
    public ValueTask DisposeAsync()
    {
        GC.SuppressFinalize(this);
        return Lease.MaySettle ? GiveBackAsync() : default;
    }

    /// <summary>For <see cref="DisposeAsync"/>: releases the message as well as it can, and does not throw.</summary>
    protected virtual async ValueTask GiveBackAsync()
    {
        try
        {
            await ReleaseAsync();
        }
        catch (QueueException)
        {
            // It falls due when the lease runs out.
        }
    }
}
