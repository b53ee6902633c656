using Slimta.Chaos.Faults;
using Slimta.Chaos.Network;
using Slimta.Chaos.Operating;
using Slimta.Chaos.Sick;
using Slimta.Storage.Tests.Support;

namespace Slimta.Chaos.Actors;

/// <summary>All processes of a run and the links between them.</summary>
internal sealed class Crew : IAsyncDisposable
{
    /// <summary>Between operators and edges; there is none where no operator is at work.</summary>
    public const string OperatorLink = "operator>edge";

    private readonly Journal _journal;
    private readonly PointBook _points;
    private readonly int _sinkA = RedisProcess.FreePort();
    private readonly int _sinkB = RedisProcess.FreePort();

    private Crew(ChaosOptions options, string folder, Journal journal, PointBook points)
    {
        (Options, Folder, _journal, _points) = (options, folder, journal, points);
        Disk = SmallDisk.TryMount(options, folder);
        var data = Path.Combine(Disk?.Folder ?? folder, "queue");
        Directory.CreateDirectory(data);
        Place = new Place { Folder = data, Port = RedisProcess.FreePort() };
        Clocks = ClockSkew.For(options);
        Ward = options.Faults.Contains("sick") ? new Ward(_sinkA) : null;
        Sink = new("sink") { Begin = incarnation => Programs.Sink($"sink.{incarnation}", journal, SinkFile, _sinkA, _sinkB) };
        Actors.Add(Sink);
        if (options.Server == ServerKind.Garnet)
            AddStandalone();
        else
            AddRoles();
    }

    public ChaosOptions Options { get; }
    public string Folder { get; }
    public Place Place { get; }
    public SmallDisk? Disk { get; }
    public ClockSkew Clocks { get; }

    /// <summary>Null: all destinations are well.</summary>
    public Ward? Ward { get; }
    public long Began { get; } = Clock.Now;
    public string SinkFile => Path.Combine(Folder, "sink.jsonl");

    public List<Actor> Actors { get; } = [];
    public List<Link> Links { get; } = [];
    public List<Link> ToEdges { get; } = [];
    public List<Link> ToEdgesByHttp { get; } = [];
    public List<Link> ToOperators { get; } = [];
    public Actor Sink { get; }

    /// <summary>The queue's server, or the process that it is in.</summary>
    public Actor Queue { get; private set; } = null!;

    public static async Task<Crew> StartAsync(ChaosOptions options, string folder, Journal journal, PointBook points)
    {
        var crew = new Crew(options, folder, journal, points);
        try
        {
            await crew.Sink.StartAsync();
            await crew.Queue.StartAsync();
            foreach (var actor in crew.Actors.Where(actor => actor.Incarnation == 0))
                await actor.StartAsync();
            return crew;
        }
        catch
        {
            await crew.DisposeAsync();
            throw;
        }
    }

    public async ValueTask DisposeAsync()
    {
        foreach (var actor in Actors)
            await actor.DisposeAsync();
        foreach (var link in Links)
            await link.DisposeAsync();
        Disk?.Dispose();
        if (Ward is not null)
            await Ward.DisposeAsync();
    }

    private IEnumerable<KeyValuePair<string, string>> RelaySettings(string name, int sinkA, int sinkB) =>
        Settings.Relay(name, sinkA, sinkB).Concat(Ward?.Settings ?? []);

    private void AddRoles()
    {
        Queue = Options.Server == ServerKind.Redis ? QueueActors.Redis(_journal, Place) : QueueActors.Garnet(_journal, Place);
        Actors.Add(Queue);
        for (var i = 1; i <= Options.Edges; i++)
            AddEdge($"edge-{i}");
        for (var i = 1; i <= Options.Relays; i++)
            AddRelay($"relay-{i}");
    }

    private void AddEdge(string name)
    {
        var (port, http) = (RedisProcess.FreePort(), RedisProcess.FreePort());
        Link? queue = null;
        var edge = new Actor(name)
        {
            Begin = incarnation => Programs.Standalone($"{name}.{incarnation}", "edge", _journal,
                Settings.Queue(Connection(queue!)).Concat(Settings.Edge(port, http)).Concat(OperatorKeys), Clocks.Next()),
        };
        queue = ToQueue("edge>queue", edge);
        Actors.Add(edge);
        LinkSender(edge, port, http);
    }

    private void AddRelay(string name)
    {
        Link? queue = null, sinkA = null, sinkB = null;
        var relay = new Actor(name)
        {
            Begin = incarnation => Programs.Standalone($"{name}.{incarnation}", "relay", _journal,
                Settings.Queue(Connection(queue!)).Concat(RelaySettings($"{name}.{incarnation}", sinkA!.Port, sinkB!.Port)), Clocks.Next()),
        };
        queue = ToQueue("relay>queue", relay);
        sinkA = Smtp("relay>sink", relay, Sink, _sinkA);
        sinkB = Smtp("relay>sink", relay, Sink, _sinkB);
        Actors.Add(relay);
    }

    private void AddStandalone()
    {
        const string Name = "standalone";
        var (port, http) = (RedisProcess.FreePort(), RedisProcess.FreePort());
        Link? sinkA = null, sinkB = null;
        var standalone = new Actor(Name)
        {
            Begin = incarnation => Programs.Standalone($"{Name}.{incarnation}", "", _journal,
                Settings.Queue(null).Concat(Settings.EmbeddedQueue(Place.Folder, Place.Port)).Concat(Settings.Edge(port, http)).Concat(OperatorKeys)
                    .Concat(RelaySettings($"{Name}.{incarnation}", sinkA!.Port, sinkB!.Port)).Append(new("Mailbox:Port", "0")), Clocks.Next()),
        };
        sinkA = Smtp("relay>sink", standalone, Sink, _sinkA);
        sinkB = Smtp("relay>sink", standalone, Sink, _sinkB);
        Queue = standalone;
        Actors.Add(standalone);
        LinkSender(standalone, port, http);
    }

    private void LinkSender(Actor edge, int port, int http)
    {
        const string Kind = "sender>edge";
        ToEdges.Add(Smtp(Kind, null, edge, port));
        ToEdgesByHttp.Add(Add(new Link(Kind, null, edge, () => http, (link, _) => new HttpTap(link, _points, HttpTap.Post))));
        if (HasOperators)
            ToOperators.Add(Add(new Link(OperatorLink, null, edge, () => http, (link, _) => new HttpTap(link, _points, QueueCommand.Order))));
    }

    private bool HasOperators => Options.Faults.Contains(FaultTable.Operators);

    private IEnumerable<KeyValuePair<string, string>> OperatorKeys => HasOperators ? OperatorHand.Keys : [];

    /// <summary>A Redis without a password takes none.</summary>
    private string Connection(Link queue) =>
        $"127.0.0.1:{queue.Port}{(Options.Server == ServerKind.Redis ? "" : $",password={Settings.QueuePassword}")}";

    private Link ToQueue(string kind, Actor client) =>
        Add(new Link(kind, client, Queue, () => Place.Port, (link, _) => new QueueTap(link, _journal, _points)));

    private Link Smtp(string kind, Actor? client, Actor server, int port) =>
        Add(new Link(kind, client, server, () => port, (link, local) => new SmtpTap(link, local, _journal, _points)));

    private Link Add(Link link)
    {
        Links.Add(link);
        return link;
    }
}
