using Microsoft.Extensions.Options;

namespace Slimta.Mailbox;

/// <summary>The last messages that the mailbox took, in memory.</summary>
public sealed class MailboxStore(IOptions<MailboxOptions> options)
{
    private readonly Lock _gate = new();
    private readonly LinkedList<MailboxMessage> _messages = new();
    private readonly Dictionary<string, LinkedListNode<MailboxMessage>> _byId = new(StringComparer.Ordinal);
    private long _bytes;
    private long _version;

    /// <summary>Messages taken since the start, those that are gone included.</summary>
    public long Total { get; private set; }

    /// <summary>Changes with each change of the mailbox, so that a page knows when to look again.</summary>
    internal long Version => Interlocked.Read(ref _version);

    /// <summary>Called for every message that arrives.</summary>
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
            return _byId.GetValueOrDefault(id)?.Value;
    }

    /// <returns>False if there is no such message.</returns>
    public bool Remove(string id)
    {
        lock (_gate)
        {
            if (!_byId.TryGetValue(id, out var node))
                return false;
            Remove(node);
            _version++;
            return true;
        }
    }

    /// <returns>How many there were.</returns>
    public int Clear()
    {
        lock (_gate)
        {
            var count = _messages.Count;
            _messages.Clear();
            _byId.Clear();
            _bytes = 0;
            _version++;
            return count;
        }
    }

    internal void MarkRead(MailboxMessage message)
    {
        lock (_gate)
        {
            if (message.IsRead)
                return;
            message.IsRead = true;
            _version++;
        }
    }

    internal void Add(MailboxMessage message)
    {
        lock (_gate)
        {
            message.Number = ++Total;
            _byId[message.Id] = _messages.AddLast(message);
            _bytes += message.Size;
            _version++;
            while (_messages.First is { } oldest && (_messages.Count > options.Value.MaxMessages || _bytes > options.Value.MaxBytes))
                Remove(oldest);
        }
        Arrived?.Invoke(message);
    }

    private void Remove(LinkedListNode<MailboxMessage> node)
    {
        _messages.Remove(node);
        _byId.Remove(node.Value.Id);
        _bytes -= node.Value.Size;
    }
}
