namespace Slimta.Storage;

/// <summary>
/// An operator's actions on a queue. None of them breaks a lease: on a message that a relay is delivering they throw
/// <see cref="MessageLeasedException"/> and change nothing.
/// </summary>
public interface IQueueOperator
{
    /// <summary>
    /// The queue in order of due time, then the held messages in order of when they were put on hold; metadata, not content.
    /// Pages are fetched as the caller goes on.
    /// </summary>
    /// <param name="state">Only messages in this state; null for all.</param>
    IAsyncEnumerable<QueueListing> BrowseAsync(MessageState? state = null, CancellationToken cancellationToken = default);

    /// <summary>One message with its attempts, without its content.</summary>
    /// <exception cref="KeyNotFoundException">No message has this id.</exception>
    Task<MessageDetails> InspectAsync(string id, CancellationToken cancellationToken = default);

    /// <summary>How many messages are in which state.</summary>
    Task<QueueCounts> CountAsync(CancellationToken cancellationToken = default);

    /// <summary>How many messages of the schedule have a time before this one.</summary>
    Task<long> CountDueBeforeAsync(DateTimeOffset time, CancellationToken cancellationToken = default);

    /// <summary>Takes a message out of the schedule until it is released.</summary>
    /// <exception cref="MessageNotFoundException"/>
    /// <exception cref="MessageLeasedException"/>
    Task HoldAsync(string id, string reason, CancellationToken cancellationToken = default);

    /// <summary>Puts a held message back into the schedule.</summary>
    /// <exception cref="MessageNotFoundException">No held message has this id.</exception>
    Task ReleaseHoldAsync(string id, Due timestamp = default, CancellationToken cancellationToken = default);

    /// <summary>
    /// Ends a message that has been held since <paramref name="heldBefore"/> or longer, and writes the reports to its sender in the same
    /// step: of several callers one does it.
    /// </summary>
    /// <exception cref="MessageNotFoundException">No message of this id has been held for so long.</exception>
    Task ExpireHeldAsync(string id, DateTimeOffset heldBefore, IReadOnlyList<NewMessage> reports, CancellationToken cancellationToken = default);

    /// <summary>Makes a waiting message due now.</summary>
    /// <exception cref="MessageNotFoundException"/>
    /// <exception cref="MessageLeasedException"/>
    Task RetryNowAsync(string id, CancellationToken cancellationToken = default);

    /// <summary>Makes every waiting message due now; those being delivered are left alone.</summary>
    /// <returns>How many were brought forward.</returns>
    Task<int> RetryAllNowAsync(CancellationToken cancellationToken = default);

    /// <summary>
    /// The messages that match, by time over all partitions, then the held ones. Never blocks the server: a call reads pages of the indexes and
    /// of metadata by plain commands. It parses some 5,000 messages at most; where the filter names an address, a domain, words of the subject,
    /// a Message-ID or an error, it searches the text of 5,000 to 15,000, as many as 150 ms allow. A message that is there from the first page
    /// to the last and does not move comes exactly once.
    /// </summary>
    /// <param name="limit">The most messages in a page.</param>
    /// <param name="cursor">From the page before, with the same filter; null for the first.</param>
    /// <exception cref="InvalidCursorException"/>
    Task<MessagePage> FindAsync(MessageFilter filter, int limit = 100, string? cursor = null, CancellationToken cancellationToken = default);

    /// <summary>
    /// The messages that wait for each destination, the most first. In a queue of more than <paramref name="most"/> messages, the counts are
    /// estimated from a sample of about that size, spread over the whole queue: to a few percent for a destination with a large share.
    /// </summary>
    Task<QueueOverview> OverviewAsync(int most = 20_000, CancellationToken cancellationToken = default);

    /// <summary>Carries out an order on one message, in one step.</summary>
    /// <exception cref="MessageNotFoundException">Also: a release of one that is not held.</exception>
    /// <exception cref="MessageLeasedException"/>
    /// <exception cref="MessageHeldException"/>
    Task OrderAsync(string id, OperatorOrder order, CancellationToken cancellationToken = default);

    /// <summary>
    /// Carries out an order on the next 1,000 messages that match, each in one step; call it with the cursor until there is none. Passes over a
    /// message that is in no state for it (a retry of one that is due, a release of one that is not held). A crash leaves some messages changed
    /// and the rest as they were.
    /// </summary>
    /// <param name="dryRun">Counts the messages, and changes none.</param>
    /// <param name="cursor">From the call before, with the same filter and order.</param>
    /// <exception cref="ArgumentException">The order does not apply to the filter's state.</exception>
    /// <exception cref="InvalidCursorException"/>
    Task<OrderPage> OrderAsync(
        MessageFilter filter, OperatorOrder order, bool dryRun, string? cursor = null, CancellationToken cancellationToken = default);

    /// <inheritdoc cref="IQueueStorage.RemoveAsync"/>
    Task RemoveAsync(string id, Lease? lease = null, CancellationToken cancellationToken = default);
}
