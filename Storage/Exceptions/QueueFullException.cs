namespace Slimta.Storage;

/// <summary>
/// The queue's limit (<see cref="QueueOptions.MaxMessages"/>, <see cref="QueueOptions.MaxBytes"/>) or the server's memory or
/// disk is exhausted. Nothing was stored; the client should come back later (RFC 5321: 452).
/// </summary>
public sealed class QueueFullException(string message, Exception? inner = null) : QueueException(message, inner);
