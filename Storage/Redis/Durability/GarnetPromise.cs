using System.Collections.Concurrent;
using StackExchange.Redis;

namespace Slimta.Storage.Redis;

/// <summary>What has to be true of a Garnet: its log can be committed on request, and its scripts are transactions.</summary>
internal sealed class GarnetPromise(RedisConnections connections, QueueOptions options)
{
    private const int Looks = 20_000;

    /// <summary>Each looks twice as long as the one before: on a busy machine the other connection gets its turn late.</summary>
    private const int Tries = 5;

    /// <summary>A look of this length is the last: in it the other connection had its turn. A longer one would make callers wait.</summary>
    private static readonly TimeSpan LongEnough = TimeSpan.FromMilliseconds(200);
    private const string Mine = "1", Others = "2";
    private static readonly TimeSpan Expiry = TimeSpan.FromMinutes(1);

    // Sees what another writes meanwhile, unless it runs alone. It looks and does not write, so that a try costs Garnet's log nothing; and
    // it leaves nothing behind: the key goes by itself where this process, or Garnet in the middle of the script, is killed.
    private const string Look = """
        redis.call('SET', KEYS[1], ARGV[1], 'PX', 60000)
        for i = 1, tonumber(ARGV[2]) do
          if redis.call('GET', KEYS[1]) ~= ARGV[1] then return 0 end
        end
        return 1
        """;

    /// <summary>
    /// Processes, by their run id, whose scripts were tried: they cannot change it while they run, and this is some 600,000 commands.
    /// For all queues of this process: Standalone has one for its edge and one for its relay.
    /// </summary>
    internal static readonly ConcurrentDictionary<string, bool> Tried = new(StringComparer.Ordinal);

    public async Task<BarrierKind> CheckAsync(IServer server, Dictionary<string, string> info, Action<string> weak)
    {
        var run = info.GetValueOrDefault("run_id", "");
        if (!Tried.ContainsKey(run))
        {
            await RequireAtomicScriptsAsync(server);
            if (run.Length > 0)
                Tried[run] = true;
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
        var (database, other) = (connections.Control, connections.BarrierConnection.GetDatabase());
        try
        {
            // The first command of a connection, and the first run of a script, are slow.
            await Task.WhenAll(other.PingAsync(), database.ScriptEvaluateAsync(Look, [key], [Mine, 1]));
            for (var tried = 0; tried < Tries; tried++)
            {
                await database.KeyDeleteAsync(key);
                var began = TimeProvider.System.GetTimestamp();
                var alone = database.ScriptEvaluateAsync(Look, [key], [Mine, Looks << tried]);
                // What a transaction has written is not seen before it ends.
                while (!alone.IsCompleted && await other.StringGetAsync(key) != Mine)
                {
                }
                await other.StringSetAsync(key, Others, Expiry);
                if ((int)await alone != 1)
                    throw new UnsafeServerException($"{server.EndPoint} (Garnet) does not run scripts atomically: messages would be handed out twice. Start it with --lua-transaction-mode.");
                if (TimeProvider.System.GetElapsedTime(began) >= LongEnough)
                    break;
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
