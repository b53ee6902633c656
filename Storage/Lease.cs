namespace Slimta.Storage;

/// <summary>
/// The right to work on one message until it is settled, released or lost. At most one live lease exists for a message.
/// The storage that handed it out renews it in the background; no other code has to. Implement it in a storage, or as a test double.
/// </summary>
public abstract class Lease(string id, string token)
{
    /// <summary>The message.</summary>
    public string Id { get; } = id;

    /// <summary>
    /// The fencing number, which only grows within a partition. The storage refuses every change that names an older one
    /// than the last it gave out for the message.
    /// </summary>
    public string Token { get; } = token;

    /// <summary>When the lease runs out unless renewed, by the storage's clock.</summary>
    public abstract DateTimeOffset Until { get; }

    /// <summary>
    /// Cancelled when the lease is lost, or could not be renewed and is about to run out. Work on the message must stop then:
    /// another consumer may be given it.
    /// </summary>
    public abstract CancellationToken Lost { get; }

    /// <summary>
    /// True while no other relay can have the message: until the lease is settled, released or lost, is over by the clock, or the server
    /// has not heard of this process for <see cref="QueueOptions.HeartbeatTimeout"/>. Ask it right before a step that cannot be undone: in a
    /// process that was stopped, or on a machine that slept, <see cref="Lost"/> comes as late as everything else. It can become true again,
    /// when the server is back and says that no other relay has taken the message.
    /// </summary>
    public abstract bool IsLive { get; }

    /// <summary>True while the storage may still take a settlement: no other relay is known to have the message, and the lease is not over.</summary>
    public virtual bool MaySettle => IsLive;

    /// <summary>
    /// The holder only waits with the message: from now on it does not count against the capacity of <see cref="IQueueStorage.WaitAsync"/>.
    /// </summary>
    public virtual void MakeRoom()
    {
    }
}
