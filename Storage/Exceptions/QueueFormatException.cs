namespace Slimta.Storage;

/// <summary>
/// A record of the queue cannot be read: written by a newer version, damaged, or another program's key under our prefix.
/// Nothing was changed.
/// </summary>
public sealed class QueueFormatException(string message, Exception? inner = null) : QueueException(message, inner);
