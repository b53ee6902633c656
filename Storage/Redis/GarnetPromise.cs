using System.Collections.Concurrent;
using StackExchange.Redis;

namespace Slimta.Storage.Redis;

/// <summary>What has to be true of a Garnet: its log can be committed on request, and its scripts are transactions.</summary>
internal sealed class GarnetPromise(RedisConnections connections, QueueOptions options)
{
    private const int Steps = 4000;
    private const int Races = 4;

    // Loses updates unless the script runs alone. It leaves nothing behind: the key goes by itself where this process, or Garnet in
    // the middle of the script, is killed.
    private const string Race = """
        for i = 1, tonumber(ARGV[1]) do redis.call('SET', KEYS[1], tonumber(redis.call('GET', KEYS[1]) or 0) + 1, 'PX', 60000) end
        return redis.call('GET', KEYS[1])
        """;

    /// <summary>Processes, by their run id, whose scripts were tried: they cannot change it while they run, and a try is some 32,000 commands.</summary>
    private readonly ConcurrentDictionary<string, bool> _tried = new(StringComparer.Ordinal);

    public async Task<BarrierKind> CheckAsync(IServer server, Dictionary<string, string> info, Action<string> weak)
    {
        var run = info.GetValueOrDefault("run_id", "");
        if (!_tried.ContainsKey(run))
        {
            await RequireAtomicScriptsAsync(server);
            if (run.Length > 0)
                _tried[run] = true;
        }
        if (info.GetValueOrDefault("aof_memory_size") != "-1")
            return BarrierKind.CommitAof;
        weak($"{server.EndPoint} (Garnet) has no append-only file: a crash would lose acknowledged mail. Start it with --aof.");
        return BarrierKind.None;
    }

    // Garnet shows the setting nowhere, so see whether scripts get into each other's way. Tasks of one connection run in turn:
    // two are needed.
    private async Task RequireAtomicScriptsAsync(IServer server)
    {
        RedisKey key = $"{{{options.Prefix}0}}:probe:{Guid.NewGuid():N}";
        var database = connections.Control;
        IDatabase[] racers = [database, connections.BarrierConnection.GetDatabase()];
        try
        {
            for (var race = 1; race <= Races; race++)
            {
                await Task.WhenAll(racers.Select(r => r.ScriptEvaluateAsync(Race, [key], [Steps])));
                if ((int)await database.StringGetAsync(key) != Steps * racers.Length * race)
                    throw new UnsafeServerException($"{server.EndPoint} (Garnet) does not run scripts atomically: messages would be handed out twice. Start it with --lua-transaction-mode.");
            }
        }
        catch (RedisServerException refused)
        {
            throw new UnsafeServerException($"{server.EndPoint} (Garnet) does not run scripts ({refused.Message}). Enable them with --lua --lua-transaction-mode.");
        }
        finally
        {
            await database.KeyDeleteAsync(key);
        }
    }
}
