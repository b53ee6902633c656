namespace Slimta.Storage;

/// <summary>
/// What an operator does with a queue. None of it breaks a lease: a message that a relay is delivering answers
/// <see cref="MessageLeasedException"/> and stays as it is.
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
    /// The messages that match, by time over all partitions, then the held ones. The server is never held up: pages of the indexes and
    /// of metadata are read by plain commands, and a call looks at 5,000 messages at most. What is there from the first page to the last
    /// and does not move comes exactly once.
    /// </summary>
    /// <param name="limit">Messages of a page, at most.</param>
    /// <param name="cursor">From the page before, with the same filter; null for the first.</param>
    /// <exception cref="InvalidCursorException"/>
    Task<MessagePage> FindAsync(MessageFilter filter, int limit = 100, string? cursor = null, CancellationToken cancellationToken = default);

    /// <summary>What waits for each destination, the most first; from the first <paramref name="most"/> messages.</summary>
    Task<QueueOverview> OverviewAsync(int most = 20_000, CancellationToken cancellationToken = default);

    /// <summary>Does an order on one message, in one step.</summary>
    /// <exception cref="MessageNotFoundException">Also: a release of one that is not held.</exception>
    /// <exception cref="MessageLeasedException"/>
    /// <exception cref="MessageHeldException"/>
    Task OrderAsync(string id, OperatorOrder order, CancellationToken cancellationToken = default);

    /// <summary>
    /// Does an order on the next 1,000 messages that match, each in one step; call it with the cursor until there is none. What is in no
    /// state for it (a retry of what is due, a release of what is not held) is passed over. A crash leaves some done and the rest as it was.
    /// </summary>
    /// <param name="dryRun">Changes nothing and counts.</param>
    /// <param name="cursor">From the call before, with the same filter and order.</param>
    /// <exception cref="ArgumentException">The filter's state is none in which the order means something.</exception>
    /// <exception cref="InvalidCursorException"/>
    Task<OrderPage> OrderAsync(
        MessageFilter filter, OperatorOrder order, bool dryRun, string? cursor = null, CancellationToken cancellationToken = default);

    /// <inheritdoc cref="IQueueStorage.RemoveAsync"/>
    Task RemoveAsync(string id, Lease? lease = null, CancellationToken cancellationToken = default);
}

public enum MessageState
{
    /// <summary>Its time has come; the next free relay takes it. Also one whose relay died and whose lease has run out.</summary>
    Due,

    /// <summary>It waits for its time.</summary>
    Scheduled,

    /// <summary>A relay is working on it.</summary>
    Leased,

    /// <summary>It waits for an operator.</summary>
    Held,
}

/// <summary>A message in a listing.</summary>
/// <param name="Timestamp">When it is due; for a leased one, when the lease runs out; for a held one, since when.</param>
/// <param name="Message">Null if the message cannot be read.</param>
/// <param name="HoldReason">Why it is held.</param>
/// <param name="LeaseOwner">Who is delivering it.</param>
/// <param name="Problem">What of it cannot be read, and why.</param>
public sealed record QueueListing(
    string Id,
    MessageState State,
    DateTimeOffset Timestamp,
    MessageMetadata? Message,
    string? HoldReason = null,
    string? LeaseOwner = null,
    string? Problem = null);

/// <summary>A message without its content.</summary>
public sealed record MessageMetadata
{
    public required string Sender { get; init; }

    /// <summary>All recipients of the original envelope.</summary>
    public required IReadOnlyList<Recipient> Recipients { get; init; }

    /// <summary>Indexes of those that need no further attempt.</summary>
    public required IReadOnlySet<int> Delivered { get; init; }
    public required int Attempts { get; init; }

    /// <summary>An operator ordered it to be bounced, with this text.</summary>
    public string? BounceText { get; init; }

    /// <summary>The recipients that still wait.</summary>
    public IEnumerable<Recipient> Pending => Recipients.Where(recipient => !Delivered.Contains(recipient.Index));

    /// <summary>Content length in bytes.</summary>
    public required long Size { get; init; }
    public required ClientInfo Client { get; init; }
    public required string Receiver { get; init; }
    public required DateTimeOffset Received { get; init; }

    /// <summary>The W3C trace id of the write.</summary>
    public string? TraceId { get; init; }
}

/// <summary>A message with its history.</summary>
public sealed record MessageDetails(QueueListing Listing, IReadOnlyList<AttemptRecord> Attempts);

/// <summary>How many messages are in which state, and how much they weigh.</summary>
/// <param name="Bytes">What all messages weigh: their content and their attempt records.</param>
/// <param name="OldestDue">Since when the message that has waited longest for a free relay is due; null when none waits.</param>
/// <param name="OldestHeld">Since when the message that has waited longest for an operator is held; null when none is.</param>
public sealed record QueueCounts(
    long Due, long Scheduled, long Leased, long Held, long Bytes, DateTimeOffset? OldestDue, DateTimeOffset? OldestHeld = null)
{
    public long Total => Due + Scheduled + Leased + Held;
}
