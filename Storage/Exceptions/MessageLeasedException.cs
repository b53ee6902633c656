namespace Slimta.Storage;

/// <summary>A relay is delivering the message right now. Nothing was changed; try again when it is done.</summary>
public sealed class MessageLeasedException(string id, string owner, DateTimeOffset until)
    : QueueException($"Message '{id}' is being delivered by '{owner}' (lease until {until:O} unless renewed). Nothing was changed; try again later.")
{
    public string Id { get; } = id;
    public string Owner { get; } = owner;
    public DateTimeOffset Until { get; } = until;
}
