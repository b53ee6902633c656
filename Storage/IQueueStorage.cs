namespace Slimta.Storage;

/// <summary>
/// The mail queue: python-slimta's eight storage operations in async form, and the leases that let many relays share it. The operations that
/// end an attempt are on the <see cref="QueueEntry"/> that <see cref="WaitAsync"/> hands out.
/// </summary>
/// <remarks>
/// <para>
/// Durability. When an operation that changes something returns, the change survives a crash of this process and of the
/// server. When it throws <see cref="QueueUnavailableException"/> with <see cref="QueueUnavailableException.OutcomeUnknown"/>,
/// it happened wholly or not at all, and it is unknown which.
/// </para>
/// <para>
/// Leases. An operation that takes a <see cref="Lease"/> acts for its holder and throws <see cref="LeaseLostException"/>,
/// with nothing changed, once the lease is no longer the message's. Without a lease it acts for an operator and throws
/// <see cref="MessageLeasedException"/>, with nothing changed, while a consumer holds one.
/// </para>
/// <para>Concurrency. Every operation may be called from any thread, any process and at any time.</para>
/// <para>
/// Errors. What the server or the connection does surfaces as a <see cref="QueueException"/>; bad arguments as an
/// <see cref="ArgumentException"/>, before anything is sent.
/// </para>
/// </remarks>
public interface IQueueStorage
{
    /// <summary>
    /// Puts a message into the queue in one step; the number of attempts starts at zero.
    /// A crash leaves the whole message, due, or nothing that would be handed out.
    /// </summary>
    /// <returns>The message's id. With an idempotency key that was used before: the id of the first.</returns>
    /// <exception cref="ArgumentException">No recipients, or an address that is too long or has CR, LF or NUL.</exception>
    /// <exception cref="MessageTooLargeException"/>
    /// <exception cref="QueueFullException"/>
    /// <exception cref="IdempotencyConflictException"/>
    /// <exception cref="QueueException"/>
    Task<string> WriteAsync(Envelope envelope, Due timestamp = default, WriteOptions? options = null, CancellationToken cancellationToken = default);

    /// <summary>Begins to write a message whose content arrives piece by piece: write the pieces, then commit with the envelope.</summary>
    /// <exception cref="ArgumentException">The idempotency key is empty or too long.</exception>
    MessageWriter BeginWrite(WriteOptions? options = null);

    /// <summary>Sets when the message is due. With a lease this ends it: the message waits for its time again.</summary>
    /// <exception cref="MessageNotFoundException"/>
    /// <exception cref="LeaseLostException"/>
    /// <exception cref="MessageLeasedException"/>
    /// <exception cref="QueueException"/>
    Task SetTimestampAsync(string id, Due timestamp, Lease? lease = null, CancellationToken cancellationToken = default);

    /// <summary>Counts one more attempt.</summary>
    /// <returns>The new number of attempts.</returns>
    /// <inheritdoc cref="SetTimestampAsync" path="/exception"/>
    Task<int> IncrementAttemptsAsync(string id, Lease? lease = null, CancellationToken cancellationToken = default);

    /// <summary>
    /// Marks recipients as delivered, by their indexes in the original envelope. A union: marking twice, or from two places
    /// at once, loses nothing and marks no other recipient.
    /// </summary>
    /// <exception cref="ArgumentOutOfRangeException">An index is not one of the original envelope's. Nothing was changed.</exception>
    /// <inheritdoc cref="SetTimestampAsync" path="/exception"/>
    Task SetRecipientsDeliveredAsync(string id, IReadOnlyCollection<int> indexes, Lease? lease = null, CancellationToken cancellationToken = default);

    /// <summary>
    /// Every message that waits for an attempt, with its time, by partition and then roughly by time. Each that is there from
    /// start to end comes exactly once, while others claim, settle and write meanwhile (one that <see cref="SetTimestampAsync"/> brings forward
    /// may be passed over); the listing never blocks the server. Held messages wait for no attempt.
    /// </summary>
    IAsyncEnumerable<(DateTimeOffset Timestamp, string Id)> LoadAsync(CancellationToken cancellationToken = default);

    /// <summary>Reads a message; leases neither matter nor change.</summary>
    /// <exception cref="KeyNotFoundException">No message has this id.</exception>
    /// <exception cref="QueueFormatException"/>
    /// <exception cref="QueueException"/>
    Task<QueuedMessage> GetAsync(string id, CancellationToken cancellationToken = default);

    /// <summary>Removes a message and all that belongs to it. With a lease this ends it.</summary>
    /// <inheritdoc cref="SetTimestampAsync" path="/exception"/>
    Task RemoveAsync(string id, Lease? lease = null, CancellationToken cancellationToken = default);

    /// <summary>
    /// Hands out messages as they fall due: new ones at once, retries at their time, those of a dead consumer when its lease
    /// runs out; each to exactly one live consumer. Endless: it outlasts restarts of the server, lost connections and damaged
    /// keys, and ends only by <paramref name="cancellationToken"/>. A message that cannot be read is held, with a reason that names
    /// the field.
    /// </summary>
    /// <remarks>
    /// <para>
    /// An entry belongs to its consumer until it is settled, released or disposed, even after the loop has asked for the next one or was left:
    /// so entries can go to other tasks, as with <see cref="Parallel"/>. Put <c>await using (entry)</c> around the work: however the work ends,
    /// even by an exception, an entry that was not settled is given back, due at once.
    /// </para>
    /// <para>
    /// An entry that its consumer drops without any of these is given back when the garbage collector finds it, and a warning names it.
    /// Leaving the loop gives back messages that were claimed and not yet handed out.
    /// </para>
    /// </remarks>
    /// <param name="capacity">
    /// How many entries the consumer may hold unsettled at once; no more are claimed. An entry that it only waits with need not count
    /// (<see cref="Lease.MakeRoom"/>).
    /// </param>
    IAsyncEnumerable<QueueEntry> WaitAsync(int capacity = 1, CancellationToken cancellationToken = default);
}
