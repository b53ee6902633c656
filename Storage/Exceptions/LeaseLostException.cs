namespace Slimta.Storage;

/// <summary>The lease named is no longer the message's: another consumer may have it. Nothing was changed; drop the work.</summary>
public sealed class LeaseLostException(string id)
    : QueueException($"The lease on message '{id}' is lost: it ran out, or an operator took the message. Nothing was changed; stop working on it.")
{
    public string Id { get; } = id;
}
