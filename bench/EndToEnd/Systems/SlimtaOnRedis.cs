using Slimta.EndToEnd.Bench.Processes;

namespace Slimta.EndToEnd.Bench.Systems;

/// <summary>An edge and a relay on a Redis.</summary>
internal sealed class EdgeAndRelay(RedisServer redis, int sinkPort, int? otlp, string prefix, params string[] settings)
{
    private readonly SlimtaRoles _roles = new(sinkPort, otlp);
    private Child? _edge, _relay;

    public RedisServer Redis => redis;
    public int Port => _roles.Port;

    public async Task StartAsync()
    {
        if (_edge is not null)
            return;
        _edge = await _roles.StartAsync("edge", Settings);
        await StartRelayAsync();
    }

    public async Task StartRelayAsync() => _relay = await _roles.StartAsync("relay", Settings);

    public Task StopRelayAsync() => _relay!.StopAsync();

    public async Task StopAsync()
    {
        await _roles.StopAsync();
        await redis.EmptyAsync();
        _edge = null;
    }

    public IEnumerable<(string Name, int Process)> Members() => [("edge", _edge!.Id), ("relay", _relay!.Id), ("redis", redis.Process)];

    /// <summary>Volatile: once a second is measured as well, on the same processes.</summary>
    private string[] Settings => ["--ConnectionStrings:redis", $"127.0.0.1:{redis.Port}", "--Storage:Prefix", prefix, "--Storage:AllowVolatile", "true", .. settings];
}

/// <summary>Ours as edge and relay, with Redis syncing its file as <paramref name="fsync"/> says.</summary>
/// <param name="backlog">It is one of those whose backlog is measured.</param>
internal sealed class SlimtaOnRedis(string name, EdgeAndRelay processes, string fsync, bool backlog = false) : MailSystem(name)
{
    public override int Port => processes.Port;
    public override Task StartAsync() => processes.StartAsync();
    public override Task StopAsync() => processes.StopAsync();
    public override Task PrepareAsync() => processes.Redis.SyncAsync(fsync);
    public override bool CanHoldBack => backlog;
    public override Task HoldBackAsync() => processes.StopRelayAsync();
    public override Task LetGoAsync() => processes.StartRelayAsync();
    public override IEnumerable<(string Name, int Process)> Members() => processes.Members();
}
