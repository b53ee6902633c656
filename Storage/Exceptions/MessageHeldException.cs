namespace Slimta.Storage;

/// <summary>The message is on hold. Nothing was changed; release it first.</summary>
public sealed class MessageHeldException(string id)
    : QueueException($"Message '{id}' is on hold. Nothing was changed; release it first.")
{
    public string Id { get; } = id;
}
