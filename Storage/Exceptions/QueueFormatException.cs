namespace Slimta.Storage;

/// <summary>
/// What stands in the queue cannot be read: written by a newer version, damaged, or a key of somebody else's under our prefix.
/// Nothing was changed.
/// </summary>
public sealed class QueueFormatException(string message, Exception? inner = null) : QueueException(message, inner);
