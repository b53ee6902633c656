namespace Slimta.Storage;

/// <summary>An idempotency key was used before, with another message. Nothing was stored.</summary>
public sealed class IdempotencyConflictException(string key, string existingId)
    : QueueException($"Idempotency key '{key}' was used before for another message ('{existingId}'). Use a new key for a new message. Nothing was stored.")
{
    public string Key { get; } = key;
    public string ExistingId { get; } = existingId;
}
