namespace Slimta.Storage;

/// <summary>
/// python-slimta's QueueError: a queue operation failed. Each subclass stands for one action that a caller or an operator can take.
/// </summary>
public class QueueException(string message, Exception? inner = null) : Exception(message, inner);
