using System.Collections.Concurrent;
using StackExchange.Redis;

namespace Slimta.Storage.Redis;

/// <summary>The requirements on a Garnet: its log can be committed on request, and its scripts are transactions.</summary>
internal sealed class GarnetPromise(RedisConnections connections, QueueOptions options)
{
    private const int Looks = 40_000;

    /// <summary>Tries in which the other connection was answered while the script ran, and saw nothing of it.</summary>
    private const int Enough = 5;

    /// <summary>Each try in which it was not answered is followed by one of twice the length: a busy machine gives it its turn late.</summary>
    private const int MostUnanswered = 4;

    /// <summary>Callers wait no longer than this, and one more try.</summary>
    private static readonly TimeSpan LongEnough = TimeSpan.FromSeconds(2);

    /// <summary>Between questions: one that arrives together with the script may be read by the same thread, after it.</summary>
    private static readonly TimeSpan Apart = TimeSpan.FromMilliseconds(10);

    private const string Begun = "begun";

    // No other connection sees the first write of a transaction. In between, the script only reads, so that a try costs Garnet's log
    // nothing; and it leaves nothing behind: the key goes by itself where this process, or Garnet in the middle of the script, is killed.
    private const string Look = """
        redis.call('SET', KEYS[1], 'begun', 'PX', 60000)
        for i = 1, tonumber(ARGV[1]) do redis.call('GET', KEYS[1]) end
        redis.call('SET', KEYS[1], 'over', 'PX', 60000)
        return 1
        """;

    /// <summary>
    /// Processes, by their run id, whose scripts were tried: they cannot change it while they run, and this is up to a million commands.
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

    // Garnet shows the setting nowhere, so test whether another connection sees a script's writes before it ends. Commands of one connection run in
    // turn: two are needed.
    private async Task RequireAtomicScriptsAsync(IServer server)
    {
        RedisKey key = $"{{{options.Prefix}0}}:probe:{Guid.NewGuid():N}";
        var (database, other) = (connections.Control, connections.BarrierConnection.GetDatabase());
        try
        {
            // The first command of a connection, and its first run of a script, are slow.
            await Task.WhenAll(other.StringGetAsync(key), database.ScriptEvaluateAsync(Look, [key], [1]));
            var (began, answered, unanswered) = (TimeProvider.System.GetTimestamp(), 0, 0);
            while (answered < Enough && unanswered < MostUnanswered && TimeProvider.System.GetElapsedTime(began) < LongEnough)
            {
                var script = database.ScriptEvaluateAsync(Look, [key], [Looks << unanswered]);
                var (isAnswered, isSeen) = (false, false);
                while (!isSeen && !script.IsCompleted)
                {
                    await Task.Delay(Apart, TimeProvider.System);
                    await other.PingAsync();
                    if (script.IsCompleted)
                        break;
                    isAnswered = true;
                    await Task.Delay(Apart, TimeProvider.System);
                    isSeen = await other.StringGetAsync(key) == Begun;
                }
                await script;
                (answered, unanswered) = isAnswered ? (answered + 1, unanswered) : (answered, unanswered + 1);
                if (isSeen)
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
