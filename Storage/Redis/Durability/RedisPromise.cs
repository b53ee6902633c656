using System.Collections.Concurrent;
using StackExchange.Redis;

namespace Slimta.Storage.Redis;

/// <summary>
/// The requirements on a Redis or Valkey, or a server that speaks like them: it evicts no mail, and its append-only file is synced before it
/// answers, or can be waited for. INFO is believed first, as hosts that hide CONFIG show it too.
/// </summary>
internal sealed class RedisPromise(QueueOptions options, Troubles troubles)
{
    private const string Rewrite = "rewrite";

    /// <summary>Servers whose append-only file was seen whole, by their run.</summary>
    private readonly ConcurrentDictionary<string, bool> _whole = new();

    /// <param name="weak">Reports a setting that loses mail in a crash: refused unless <see cref="QueueOptions.AllowVolatile"/>.</param>
    /// <param name="warn">Reports a problem once.</param>
    /// <exception cref="UnsafeServerException"/>
    public async Task<BarrierKind> CheckAsync(IServer server, Dictionary<string, string> info, Action<string> weak, Action<string> warn)
    {
        var name = server.EndPoint;
        var policy = info.GetValueOrDefault("maxmemory_policy") ?? await ConfigAsync(server, "maxmemory-policy") ?? "";
        if (policy.StartsWith("allkeys-", StringComparison.Ordinal))
            throw new UnsafeServerException($"{name} has maxmemory-policy {policy} and may drop mail when its memory is full. Set maxmemory-policy noeviction.");
        if (policy.StartsWith("volatile-", StringComparison.Ordinal))
            warn($"{name} has maxmemory-policy {policy}: it may forget idempotency keys and content that is still arriving. Set maxmemory-policy noeviction.");

        if (info.ContainsKey("dragonfly_version"))
        {
            weak($"{name} is Dragonfly, which has no append-only file: a crash would lose acknowledged mail. Use Redis, Valkey or Garnet.");
            return BarrierKind.None;
        }
        if (info.GetValueOrDefault("aof_enabled") == "0")
        {
            _whole.TryRemove(info.GetValueOrDefault("run_id") ?? "", out _);
            weak($"{name} has no append-only file (aof_enabled:0): a crash would lose acknowledged mail. Set appendonly yes and appendfsync always.");
            return BarrierKind.None;
        }
        if (info.GetValueOrDefault("aof_last_write_status") == "err")
        {
            weak($"{name} cannot write its append-only file (aof_last_write_status:err): a crash would lose acknowledged mail. Look for a full disk in its log.");
            return BarrierKind.None;
        }
        if (IsNotYetWhole(info))
        {
            var unfinished = $"{name} is writing its first append-only file, before which a crash would lose acknowledged mail. Mail goes on by itself once that file is written; if that takes long, look at the server's log.";
            if (!options.AllowVolatile)
                throw new UnsafeServerException(unfinished) { EndsByItself = true };
            weak(unfinished);
            return BarrierKind.None;
        }
        Notice(name, info);

        var sync = await ConfigAsync(server, "appendfsync");
        if (sync is null || policy.Length == 0 || !info.ContainsKey("aof_enabled"))
        {
            Unshown($"{name} does not show whether it keeps acknowledged mail ({(sync is null ? "CONFIG GET is not allowed" : "INFO leaves it out")}).");
            return BarrierKind.None;
        }
        if (sync == "always")
            return BarrierKind.None;
        if (sync == "everysec" && WaitAofIsRight(info))
            return BarrierKind.WaitAof;
        weak($"{name} has appendfsync {sync}: a crash would lose acknowledged mail of the last second or more. Set appendfsync always.");
        return BarrierKind.None;

        void Unshown(string problem)
        {
            if (!options.TrustServer && !options.AllowVolatile)
                throw new UnsafeServerException(problem + " Allow this user CONFIG GET; or, once you have made sure that it has appendonly yes, appendfsync always and maxmemory-policy noeviction, set Storage:TrustServer to true.");
            warn(problem + " It is trusted, as Storage:TrustServer says: without appendonly yes, appendfsync always and maxmemory-policy noeviction acknowledged mail can be lost.");
        }
    }

    /// <summary>
    /// Switched on while it runs, Redis 7 keeps no file that a start would read until the first rewrite is done; until then one is
    /// under way or, after a failure, scheduled. A server that was started with the file rewrites it for the first time as well, with a
    /// base of no size until then: one that was seen whole before stays so.
    /// </summary>
    private bool IsNotYetWhole(Dictionary<string, string> info)
    {
        var run = info.GetValueOrDefault("run_id");
        var isRewritten = info.GetValueOrDefault("aof_base_size") == "0"
            && Version.TryParse(info.GetValueOrDefault("redis_version"), out var version) && version.Major >= 7
            && (info.GetValueOrDefault("aof_rewrite_in_progress") == "1" || info.GetValueOrDefault("aof_rewrite_scheduled") == "1");
        if (isRewritten)
            return run is null || !_whole.ContainsKey(run);
        if (run is not null)
            _whole[run] = true;
        return false;
    }

    /// <summary>The file is whole and grows without end.</summary>
    private void Notice(System.Net.EndPoint? name, Dictionary<string, string> info)
    {
        if (info.GetValueOrDefault("aof_last_bgrewrite_status") == "err")
            troubles.Begin(Rewrite, $"{name} cannot rewrite its append-only file (aof_last_bgrewrite_status:err), which grows until the disk is full. Look at its log.", severe: false);
        else
            troubles.End(Rewrite);
    }

    /// <summary>
    /// Measured: right on Redis 7.2; too early on Redis 7.4.0 and 7.4.1 and on Valkey 8.0.1, so on no Valkey. Not on a cluster, where
    /// each primary would need its own write.
    /// </summary>
    private static bool WaitAofIsRight(Dictionary<string, string> info) =>
        !info.ContainsKey("valkey_version") && info.GetValueOrDefault("cluster_enabled") != "1"
        && Version.TryParse(info.GetValueOrDefault("redis_version"), out var version)
        && version >= new Version(7, 2) && version != new Version(7, 4, 0) && version != new Version(7, 4, 1);

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
}
