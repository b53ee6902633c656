namespace Slimta.Storage;

/// <summary>
/// The history of messages that have left the queue. It is written in the step that ends a message, so a crash leaves either
/// the message or its history; a message has one entry. <see cref="QueueOptions.HistoryAge"/>, <see cref="QueueOptions.HistoryMessages"/> and
/// <see cref="QueueOptions.HistoryBytes"/> say how much is kept; the oldest goes first.
/// </summary>
/// <remarks>A consumer of a version without history, or a storage whose settings turn it off, leaves none.</remarks>
public interface IQueueHistory
{
    /// <summary>
    /// The messages that match, over all partitions, the last to end first. Never blocks the server: a call reads pages of the index and of
    /// entries by plain commands, and examines 5,000 entries at most. An entry that is there from the first page to the last comes exactly
    /// once; a message that ends meanwhile is left out.
    /// </summary>
    /// <param name="limit">The most messages in a page.</param>
    /// <param name="cursor">From the page before, with the same filter; null for the first.</param>
    /// <exception cref="InvalidCursorException"/>
    /// <exception cref="QueueException"/>
    Task<HistoryPage> FindEndedAsync(HistoryFilter filter, int limit = 100, string? cursor = null, CancellationToken cancellationToken = default);

    /// <summary>One ended message; null if none of this id is kept, or the message has not ended.</summary>
    /// <exception cref="QueueException"/>
    Task<EndedMessage?> FindEndedAsync(string id, CancellationToken cancellationToken = default);

    /// <summary>
    /// Writes a bounced message again: a new one, of the same content and envelope, received now, for those recipients that
    /// failed. When this returns it is durable. Called again with the same arguments it writes nothing and returns the first, for
    /// as long as an idempotency key is remembered (<see cref="QueueOptions.IdempotencyWindow"/>).
    /// </summary>
    /// <param name="recipients">Only these of its recipients, by address, whether they failed or not; null for all that failed.</param>
    /// <param name="key">Distinguishes this order from a later one to do the same again.</param>
    /// <returns>The new message.</returns>
    /// <exception cref="KeyNotFoundException">No ended message of this id is kept.</exception>
    /// <exception cref="ContentNotKeptException">Its content is not kept (<see cref="QueueOptions.KeepContent"/>).</exception>
    /// <exception cref="ArgumentException">It has no such recipient, or none that failed.</exception>
    /// <exception cref="QueueFullException"/>
    /// <exception cref="QueueException"/>
    Task<ResentMessage> ResendAsync(string id, IReadOnlyCollection<string>? recipients = null, string? key = null, CancellationToken cancellationToken = default);
}
