namespace Slimta.Storage;

/// <summary>The server refused the user, the password or the right to use a command.</summary>
public sealed class QueueAccessException(string message, Exception? inner = null) : QueueException(message, inner);
