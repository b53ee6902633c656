namespace Slimta.Storage;

/// <summary>python-slimta's QueueError: a queue operation failed. The subclasses differ by what one would do about it.</summary>
public class QueueException(string message, Exception? inner = null) : Exception(message, inner);
