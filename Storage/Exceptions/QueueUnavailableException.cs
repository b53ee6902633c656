namespace Slimta.Storage;

/// <summary>The server cannot be reached, is not answering, or may not be written to (a replica, or still loading).</summary>
public sealed class QueueUnavailableException(string message, bool outcomeUnknown, Exception? inner = null)
    : QueueException(message, inner)
{
    /// <summary>True if the operation may have been executed all the same: its request was sent and no reply came.</summary>
    public bool OutcomeUnknown { get; } = outcomeUnknown;
}
