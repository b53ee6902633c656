namespace Slimta.Storage;

/// <summary>A message that has ended cannot be sent again: its content was not kept.</summary>
public sealed class ContentNotKeptException(string id) : QueueException(
    $"The content of message '{id}' was not kept, so it cannot be sent again. Storage:KeepContent keeps that of messages that bounce from then on, as far as Storage:HistoryBytes has room.")
{
    public string Id { get; } = id;
}
