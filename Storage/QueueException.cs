namespace Slimta.Storage;

/// <summary>python-slimta's QueueError: a queue operation failed. The subclasses differ by what one would do about it.</summary>
public class QueueException(string message, Exception? inner = null) : Exception(message, inner);

/// <summary>No message has this id: it was settled or removed, or never was.</summary>
public sealed class MessageNotFoundException(string id)
    : QueueException($"No message '{id}' is in the queue. It may have been delivered or removed already.")
{
    public string Id { get; } = id;
}

/// <summary>The lease named is no longer the message's: another consumer may have it. Nothing was changed; drop the work.</summary>
public sealed class LeaseLostException(string id)
    : QueueException($"The lease on message '{id}' is lost: it ran out, or an operator took the message. Nothing was changed; stop working on it.")
{
    public string Id { get; } = id;
}

/// <summary>A relay is delivering the message right now. Nothing was changed; try again when it is done.</summary>
public sealed class MessageLeasedException(string id, string owner, DateTimeOffset until)
    : QueueException($"Message '{id}' is being delivered by '{owner}' (lease until {until:O} unless renewed). Nothing was changed; try again later.")
{
    public string Id { get; } = id;
    public string Owner { get; } = owner;
    public DateTimeOffset Until { get; } = until;
}

/// <summary>The message is on hold. Nothing was changed; release it first.</summary>
public sealed class MessageHeldException(string id)
    : QueueException($"Message '{id}' is on hold. Nothing was changed; release it first.")
{
    public string Id { get; } = id;
}

/// <summary>
/// The queue's limit (<see cref="QueueOptions.MaxMessages"/>, <see cref="QueueOptions.MaxBytes"/>) or the server's memory or
/// disk is exhausted. Nothing was stored; the client should come back later (RFC 5321: 452).
/// </summary>
public sealed class QueueFullException(string message, Exception? inner = null) : QueueException(message, inner);

/// <summary>The content is larger than <see cref="QueueOptions.MaxMessageBytes"/>. Nothing was stored (RFC 5321: 552).</summary>
public sealed class MessageTooLargeException(long limit)
    : QueueException($"The message is larger than {limit} bytes, the limit that Storage:MaxMessageBytes sets. Nothing was stored.")
{
    /// <summary>Bytes.</summary>
    public long Limit { get; } = limit;
}

/// <summary>An idempotency key was used before, with another message. Nothing was stored.</summary>
public sealed class IdempotencyConflictException(string key, string existingId)
    : QueueException($"Idempotency key '{key}' was used before for another message ('{existingId}'). Use a new key for a new message. Nothing was stored.")
{
    public string Key { get; } = key;
    public string ExistingId { get; } = existingId;
}

/// <summary>The server cannot be reached, is not answering, or may not be written to (a replica, or still loading).</summary>
public sealed class QueueUnavailableException(string message, bool outcomeUnknown, Exception? inner = null)
    : QueueException(message, inner)
{
    /// <summary>True if the operation may have been executed all the same: its request was sent and no reply came.</summary>
    public bool OutcomeUnknown { get; } = outcomeUnknown;
}

/// <summary>The server refused the user, the password or the right to use a command.</summary>
public sealed class QueueAccessException(string message, Exception? inner = null) : QueueException(message, inner);

/// <summary>
/// What stands in the queue cannot be read: written by a newer version, damaged, or a key of somebody else's under our prefix.
/// Nothing was changed.
/// </summary>
public sealed class QueueFormatException(string message, Exception? inner = null) : QueueException(message, inner);

/// <summary>The server's settings do not keep what the queue promises: it may evict or forget acknowledged mail.</summary>
public sealed class UnsafeServerException(string message) : QueueException(message);
