using Microsoft.Extensions.Logging;
using StackExchange.Redis;

namespace Slimta.Storage.Redis;

/// <summary>
/// Checks the server's promise before any mail is entrusted to it, and again while it runs: that it does not evict mail, that it
/// writes to disk before it answers or can be asked to, and that its scripts are atomic.
/// </summary>
internal sealed partial class ServerPromise(
    RedisConnections connections, DurabilityBarrier barrier, QueueOptions options, Troubles troubles, ILogger log) : IDisposable
{
    private readonly SemaphoreSlim _gate = new(1, 1);
    private readonly GarnetPromise _garnet = new(connections, options);
    private readonly RedisPromise _redis = new(options, troubles);
    private volatile bool _known;
    private volatile bool _doubted;
    private volatile string? _broken;
    private string? _warned;

    /// <summary>The server was checked, and no other has taken its place since.</summary>
    public bool IsKnown => _known && !_doubted;

    /// <summary>How the server breaks its promise, as the last look found; null if it keeps it.</summary>
    public string? Broken => _broken;

    /// <summary>The connection is a new one: the server behind it may have other settings.</summary>
    public void Doubt() => _doubted = true;

    /// <exception cref="UnsafeServerException">At the first check. A problem that a later check finds only stops writes.</exception>
    /// <exception cref="QueueException"/>
    public async Task EnsureAsync()
    {
        await _gate.WaitAsync();
        try
        {
            if (!IsKnown)
                await CheckAsync();
        }
        catch (UnsafeServerException) when (_known)
        {
            // Messages in the queue can still be delivered.
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
            _doubted = false;
            barrier.Kind = await LookAsync();
            _broken = null;
            _known = true;
        }
        catch (UnsafeServerException unsafeServer)
        {
            _broken = unsafeServer.Message;
            throw;
        }
        catch (Exception error)
        {
            _doubted = true;
            if (RedisErrors.IsOurs(error))
                throw connections.Translate(error, "check");
            throw;
        }
    }

    private async Task<BarrierKind> LookAsync()
    {
        var servers = connections.ControlConnection.GetServers();
        var primaries = servers.Where(s => s is { IsConnected: true, IsReplica: false }).ToList();
        if (primaries.Count == 0)
            throw servers.Any(s => s.IsConnected)
                ? new QueueUnavailableException("Only read-only replicas can be reached. Connect to the primary, or wait for the failover.", outcomeUnknown: false)
                : await connections.WhyAwayAsync();
        var kind = BarrierKind.None;
        foreach (var server in primaries)
        {
            var needs = await LookAsync(server);
            kind = needs == BarrierKind.None ? kind : needs;
        }
        return kind;
    }

    private async Task<BarrierKind> LookAsync(IServer server)
    {
        var info = Parse(await server.InfoRawAsync() ?? "");
        if (info.GetValueOrDefault("loading") == "1")
            throw new QueueUnavailableException($"{server.EndPoint} is still loading its data.", outcomeUnknown: false);
        if (info.GetValueOrDefault("role") == "slave")
            throw new QueueUnavailableException($"{server.EndPoint} is a read-only replica. Connect to the primary, or wait for the failover.", outcomeUnknown: false);
        return info.ContainsKey("garnet_version")
            ? await _garnet.CheckAsync(server, info, Weak)
            : await _redis.CheckAsync(server, info, Weak, Warn);
    }

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
