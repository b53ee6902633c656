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
