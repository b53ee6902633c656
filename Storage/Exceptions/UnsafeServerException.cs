namespace Slimta.Storage;

/// <summary>The server's settings do not keep what the queue promises: it may evict or forget acknowledged mail.</summary>
public sealed class UnsafeServerException(string message) : QueueException(message)
{
    /// <summary>The server will soon keep its promise without help: startup waits for it instead of giving up.</summary>
    public bool EndsByItself { get; init; }
}
