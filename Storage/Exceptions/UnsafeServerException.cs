namespace Slimta.Storage;

/// <summary>The server's settings do not keep what the queue promises: it may evict or forget acknowledged mail.</summary>
public sealed class UnsafeServerException(string message) : QueueException(message);
