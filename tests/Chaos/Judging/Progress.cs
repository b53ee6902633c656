namespace Slimta.Chaos.Judging;

/// <summary>How far the mail is while a run is on; it costs nothing to ask often.</summary>
internal sealed class Progress(Journal journal)
{
    /// <summary>By token: recipients that were answered for and of which nothing was seen yet.</summary>
    private readonly Dictionary<string, HashSet<string>> _waiting = new(StringComparer.Ordinal);
    private readonly HashSet<(string, string)> _seen = [];
    private int _sent;
    private int _arrivals;
    private int _accepted;

    /// <summary>Recipients.</summary>
    public int UnderWay { get; private set; }

    /// <summary>Recipients that have the message or of whom its sender was told.</summary>
    public int Seen => _seen.Count;

    /// <summary>An operator has taken it out of the queue.</summary>
    public void Forget(string token)
    {
        if (_waiting.Remove(token, out var left))
            UnderWay -= left.Count;
    }

    public bool IsDone(string token) => _waiting.TryGetValue(token, out var left) && left.Count == 0;

    /// <summary>Takes in what is new.</summary>
    public void Look()
    {
        foreach (var sent in journal.Sent.Skip(_sent))
        {
            _sent++;
            if (sent.Acknowledged is null)
                continue;
            _accepted++;
            _waiting[sent.Token] = sent.Accepted.Where(recipient => !_seen.Contains((sent.Token, recipient))).ToHashSet();
            UnderWay += _waiting[sent.Token].Count;
        }
        foreach (var arrival in journal.Arrivals.Skip(_arrivals))
        {
            _arrivals++;
            foreach (var recipient in arrival.IsReport ? arrival.Failed : arrival.Recipients)
            {
                _seen.Add((arrival.Token, recipient));
                if (_waiting.TryGetValue(arrival.Token, out var left) && left.Remove(recipient))
                    UnderWay--;
            }
        }
    }

    public override string ToString() => $"{_sent} messages sent, {_accepted} accepted, {UnderWay} recipients under way";
}
