namespace Slimta.Chaos.Judging;

/// <summary>The journal, so ordered that a message's part of it is found at once.</summary>
internal sealed class Evidence
{
    private readonly ILookup<string, Arrival> _arrivals;
    private readonly ILookup<string, Sent> _sent;
    private readonly ILookup<string, QueueCall> _calls;
    private readonly ILookup<int, Transfer> _transfers;
    private readonly ILookup<(string, string), QueueCall> _steps;

    private readonly ServerKind _server;

    public Evidence(Journal journal, ServerKind server)
    {
        _server = server;
        _arrivals = journal.Arrivals.ToLookup(arrival => arrival.Token);
        _sent = journal.Sent.ToLookup(sent => sent.Token);
        _calls = journal.Calls.SelectMany(call => call.Ids.Select(id => (id, call))).ToLookup(pair => pair.id, pair => pair.call);
        _transfers = journal.Transfers.Where(transfer => transfer.Link.EndsWith(">sink", StringComparison.Ordinal)).ToLookup(transfer => transfer.Port);
        _steps = journal.Calls.ToLookup(call => (call.Link, call.Step));
        Faults = [.. journal.Faults];
    }

    public IReadOnlyList<FaultRecord> Faults { get; }

    /// <summary>There are proxies between edges and the queue's server.</summary>
    public bool SeesEdges => _server != ServerKind.Garnet;

    /// <summary>What a link saw done of one kind.</summary>
    public IEnumerable<QueueCall> ChangesOf(string link, string step) => _steps[(link, step)];

    /// <summary>All messages of which the queue's server was told anything.</summary>
    public IEnumerable<string> Ids => _calls.Select(calls => calls.Key);

    public bool WasSent(string token) => _sent.Contains(token);

    /// <summary>By HTTP all tries under one key are one.</summary>
    public int SendingsOf(string token) => _sent[token].Count();

    public bool HasArrived(string token) => _arrivals.Contains(token);

    public List<Arrival> ArrivalsOf(string token) => [.. _arrivals[token].OrderBy(arrival => arrival.At)];

    /// <summary>What was said to the queue's server about a message, in order.</summary>
    public List<QueueCall> CallsOf(string id) => [.. _calls[id].OrderBy(call => call.At)];

    /// <summary>Redis answers when it is on disk. Garnet answers before, and a commit follows: a kill right after may undo it.</summary>
    public bool IsDurable(QueueCall call) => _server == ServerKind.Redis
        || !Faults.Any(fault => fault.Target == "queue" && fault.End > call.At && fault.Begin < call.Answered + Clock.Seconds(1));

    /// <summary>How an arrival's connection saw it: the last end of a message before the sink had it.</summary>
    /// <remarks>What came by way of the sick passed no link.</remarks>
    public Transfer? TransferOf(Arrival arrival) => arrival.Recipients.Any(Delays.IsSick) ? null :
        _transfers[arrival.Port].Where(transfer => transfer.Dot <= arrival.At).MaxBy(transfer => transfer.Dot);
}
