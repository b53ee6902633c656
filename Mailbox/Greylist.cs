namespace Slimta.Mailbox;

/// <summary>The senders and recipients that have come once. The oldest are forgotten, and greylisted again.</summary>
internal sealed class Greylist(int most = Greylist.Most)
{
    /// <summary>At some 600 bytes for two addresses of the greatest length: 12 MB.</summary>
    private const int Most = 10_000;

    private readonly Lock _gate = new();
    private readonly HashSet<string> _seen = new(StringComparer.OrdinalIgnoreCase);
    private readonly Queue<string> _order = new();

    public bool IsFirst(string pair)
    {
        lock (_gate)
        {
            if (!_seen.Add(pair))
                return false;
            _order.Enqueue(pair);
            if (_order.Count > most)
                _seen.Remove(_order.Dequeue());
            return true;
        }
    }
}
