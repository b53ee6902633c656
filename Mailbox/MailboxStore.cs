using Microsoft.Extensions.Options;

namespace Slimta.Mailbox;

/// <summary>The last messages that the mailbox took, in memory.</summary>
public sealed class MailboxStore(IOptions<MailboxOptions> options)
{
    private readonly Lock _gate = new();
    private readonly LinkedList<MailboxMessage> _messages = new();
    private long _bytes;

    /// <summary>Messages taken since the start, those that are gone included.</summary>
    public long Total { get; private set; }

    /// <summary>Is called for every message that arrives.</summary>
    internal Action<MailboxMessage>? Arrived { get; set; }

    /// <summary>What is there now, the newest first.</summary>
    public IReadOnlyList<MailboxMessage> List()
    {
        lock (_gate)
            return [.. _messages.Reverse()];
    }

    public MailboxMessage? Find(string id)
    {
        lock (_gate)
            return _messages.FirstOrDefault(message => message.Id == id);
    }

    public void Clear()
    {
        lock (_gate)
        {
            _messages.Clear();
            _bytes = 0;
        }
    }

    internal void Add(MailboxMessage message)
    {
        lock (_gate)
        {
            Total++;
            _messages.AddLast(message);
            _bytes += message.Size;
            while (_messages.First is { } oldest && (_messages.Count > options.Value.MaxMessages || _bytes > options.Value.MaxBytes))
            {
                _messages.RemoveFirst();
                _bytes -= oldest.Value.Size;
            }
        }
        Arrived?.Invoke(message);
    }
}

/// <summary>A message that arrived, byte for byte.</summary>
public sealed record MailboxMessage
{
    public string Id { get; } = Guid.CreateVersion7().ToString("N");
    public required DateTimeOffset Received { get; init; }
    public required string Sender { get; init; }
    public required IReadOnlyList<string> Recipients { get; init; }

    /// <summary>What the client called itself, and how it spoke (RFC 3848).</summary>
    public required string? Client { get; init; }
    public required string Protocol { get; init; }
    public required IReadOnlyDictionary<string, string> Parameters { get; init; }
    public required ReadOnlyMemory<byte> Content { get; init; }

    /// <summary>Bytes that it takes, about: with many recipients most of them are not the content's.</summary>
    internal long Size => Content.Length + Recipients.Sum(recipient => 2L * recipient.Length);
}
