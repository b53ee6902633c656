using Microsoft.Extensions.Logging;
using StackExchange.Redis;

namespace Slimta.Storage.Redis;

/// <summary>
/// Looks at what the server promises before anything is entrusted to it: that it does not evict mail, that it writes to disk
/// before it answers or can be asked to, and that its scripts are atomic.
/// </summary>
internal sealed partial class ServerPromise(RedisConnections connections, DurabilityBarrier barrier, QueueOptions options, ILogger log) : IDisposable
{
    private readonly SemaphoreSlim _gate = new(1, 1);
    private readonly GarnetPromise _garnet = new(connections, options);
    private volatile bool _known;
    private string? _warned;

    public bool IsKnown => _known;

    /// <exception cref="UnsafeServerException"/>
    /// <exception cref="QueueException"/>
    public async Task EnsureAsync()
    {
        if (_known)
            return;
        await _gate.WaitAsync();
        try
        {
            if (!_known)
                await CheckAsync();
        }
        finally
        {
            _gate.Release();
        }
    }

    public void Dispose() => _gate.Dispose();

    public async Task CheckAsync()
    {
        try
        {
            var servers = connections.ControlConnection.GetServers();
            var primaries = servers.Where(s => s is { IsConnected: true, IsReplica: false }).ToList();
            if (primaries.Count == 0)
                throw servers.Any(s => s.IsConnected)
                    ? new QueueUnavailableException("Only read-only replicas can be reached. Connect to the primary, or wait for the failover.", outcomeUnknown: false)
                    : await WhyNotConnectedAsync();
            var kind = BarrierKind.None;
            foreach (var server in primaries)
            {
                var needs = await CheckAsync(server);
                kind = needs == BarrierKind.None ? kind : needs;
            }
            barrier.Kind = kind;
            _known = true;
        }
        catch (Exception error) when (RedisErrors.IsOurs(error))
        {
            throw RedisErrors.Translate(error, "check");
        }
    }

    private async Task<QueueException> WhyNotConnectedAsync()
    {
        try
        {
            await connections.Control.PingAsync();
            return new QueueUnavailableException("The server is not ready yet.", outcomeUnknown: false);
        }
        catch (Exception error) when (RedisErrors.IsOurs(error))
        {
            return RedisErrors.Translate(error, "connect");
        }
    }

    private async Task<BarrierKind> CheckAsync(IServer server)
    {
        var info = Parse(await server.InfoRawAsync() ?? "");
        if (info.GetValueOrDefault("loading") == "1")
            throw new QueueUnavailableException($"{server.EndPoint} is still loading its data.", outcomeUnknown: false);
        if (info.GetValueOrDefault("role") == "slave")
            throw new QueueUnavailableException($"{server.EndPoint} is a read-only replica. Connect to the primary, or wait for the failover.", outcomeUnknown: false);
        if (info.ContainsKey("garnet_version"))
            return await _garnet.CheckAsync(server, info, Weak);
        return await CheckRedisAsync(server, info);
    }

    private async Task<BarrierKind> CheckRedisAsync(IServer server, Dictionary<string, string> info)
    {
        var policy = info.GetValueOrDefault("maxmemory_policy", "noeviction");
        if (policy.StartsWith("allkeys-", StringComparison.Ordinal))
            throw new UnsafeServerException($"{server.EndPoint} has maxmemory-policy {policy} and may drop mail when its memory is full. Set maxmemory-policy noeviction.");
        if (policy.StartsWith("volatile-", StringComparison.Ordinal))
            Warn($"{server.EndPoint} has maxmemory-policy {policy}: it may forget idempotency keys and content that is still arriving. Set maxmemory-policy noeviction.");

        var sync = await ConfigAsync(server, "appendfsync");
        if (sync is null)
        {
            Warn($"{server.EndPoint} does not show its settings (CONFIG is not allowed). Make sure that it has an append-only file synced before each reply (appendfsync always) and maxmemory-policy noeviction: without them acknowledged mail can be lost.");
            return BarrierKind.None;
        }
        if (info.GetValueOrDefault("aof_enabled") != "1")
        {
            Weak($"{server.EndPoint} has no append-only file: a crash would lose acknowledged mail. Set appendonly yes and appendfsync always.");
            return BarrierKind.None;
        }
        if (sync == "always")
            return BarrierKind.None;
        if (sync == "everysec" && WaitAofIsRight(info))
            return BarrierKind.WaitAof;
        Weak($"{server.EndPoint} has appendfsync {sync}: a crash would lose acknowledged mail of the last second or more. Set appendfsync always.");
        return BarrierKind.None;
    }

    /// <summary>
    /// Measured: right on Redis 7.2; too early on Redis 7.4.0 and 7.4.1 and on Valkey 8.0.1, so on no Valkey. Not on a cluster, where
    /// each primary would need a write of its own.
    /// </summary>
    private static bool WaitAofIsRight(Dictionary<string, string> info) =>
        !info.ContainsKey("valkey_version") && info.GetValueOrDefault("cluster_enabled") != "1"
        && Version.TryParse(info.GetValueOrDefault("redis_version"), out var version)
        && version >= new Version(7, 2) && version != new Version(7, 4, 0) && version != new Version(7, 4, 1);

    private void Weak(string problem)
    {
        if (!options.AllowVolatile)
            throw new UnsafeServerException(problem + " Or set Storage:AllowVolatile to true if this mail may be lost.");
        Warn(problem);
    }

    private void Warn(string problem)
    {
        if (_warned == problem)
            return;
        _warned = problem;
        LogWeakPromise(log, problem);
    }

    private static async Task<string?> ConfigAsync(IServer server, string name)
    {
        try
        {
            return (await server.ConfigGetAsync(name)).FirstOrDefault().Value;
        }
        catch (Exception refused) when (refused is RedisServerException or RedisCommandException)
        {
            return null;
        }
    }

    private static Dictionary<string, string> Parse(string info)
    {
        var values = new Dictionary<string, string>(StringComparer.Ordinal);
        foreach (var line in info.Split('\n', StringSplitOptions.TrimEntries))
        {
            if (line.IndexOf(':', StringComparison.Ordinal) is var colon and > 0)
                values[line[..colon]] = line[(colon + 1)..];
        }
        return values;
    }

    [LoggerMessage(1, LogLevel.Warning, "{Problem}")]
    private static partial void LogWeakPromise(ILogger log, string problem);
}
