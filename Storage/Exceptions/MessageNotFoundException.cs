namespace Slimta.Storage;

/// <summary>No message has this id: it was settled or removed, or never was.</summary>
public sealed class MessageNotFoundException(string id)
    : QueueException($"No message '{id}' is in the queue. It may have been delivered or removed already.")
{
    public string Id { get; } = id;
}
