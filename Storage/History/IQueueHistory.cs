namespace Slimta.Storage;

/// <summary>
/// What became of messages that are not in the queue any more. It is written in the step that ends a message, so a crash leaves either
/// the message or its history; a message has one entry. How much is kept, <see cref="QueueOptions.HistoryAge"/>,
/// <see cref="QueueOptions.HistoryMessages"/> and <see cref="QueueOptions.HistoryBytes"/> say; what goes first is the oldest.
/// </summary>
/// <remarks>A consumer of a version without history, or a storage whose settings turn it off, leaves none.</remarks>
public interface IQueueHistory
{
    /// <summary>
    /// The messages that match, those first that ended last, over all partitions. The server is never held up: pages of the index and of
    /// entries are read by plain commands, and a call looks at 5,000 entries at most. What is there from the first page to the last comes
    /// exactly once; what ends meanwhile is not in it.
    /// </summary>
    /// <param name="limit">Messages of a page, at most.</param>
    /// <param name="cursor">From the page before, with the same filter; null for the first.</param>
    /// <exception cref="InvalidCursorException"/>
    /// <exception cref="QueueException"/>
    Task<HistoryPage> FindEndedAsync(HistoryFilter filter, int limit = 100, string? cursor = null, CancellationToken cancellationToken = default);

    /// <summary>One of them; null if none of this id is kept, or the message has not ended.</summary>
    /// <exception cref="QueueException"/>
    Task<EndedMessage?> FindEndedAsync(string id, CancellationToken cancellationToken = default);

    /// <summary>
    /// Writes a message that bounced once more: a new one, of the same content and envelope, received now, for those recipients that
    /// failed. When this returns it is durable. Called again with the same arguments it writes nothing and returns the first, for
    /// as long as an idempotency key is remembered (<see cref="QueueOptions.IdempotencyWindow"/>).
    /// </summary>
    /// <param name="recipients">Only these of its recipients, by address, whether they failed or not; null for all that failed.</param>
    /// <param name="key">Tells this order from another one to do the same again.</param>
    /// <returns>The new message.</returns>
    /// <exception cref="KeyNotFoundException">No ended message of this id is kept.</exception>
    /// <exception cref="ContentNotKeptException">Its content is not kept (<see cref="QueueOptions.KeepContent"/>).</exception>
    /// <exception cref="ArgumentException">It has no such recipient, or none that failed.</exception>
    /// <exception cref="QueueFullException"/>
    /// <exception cref="QueueException"/>
    Task<ResentMessage> ResendAsync(string id, IReadOnlyCollection<string>? recipients = null, string? key = null, CancellationToken cancellationToken = default);
}
