namespace Slimta.Storage;

/// <summary>A message that has ended cannot be sent again: its content was not kept.</summary>
public sealed class ContentNotKeptException(string id) : QueueException(
    $"The content of message '{id}' was not kept, so the message cannot be sent again. Set Storage:KeepContent to true to keep the content of messages that bounce from then on, as far as Storage:HistoryBytes has room.")
{
    public string Id { get; } = id;
}
