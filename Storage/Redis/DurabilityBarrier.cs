using StackExchange.Redis;

namespace Slimta.Storage.Redis;

/// <summary>
/// The one place that says "now it is durable". Everybody who has changed something waits here; one round to the server serves all
/// who came before it began (group commit), so its cost does not grow with their number.
/// </summary>
/// <param name="marker">A hash of ours that the barrier may write to.</param>
#pragma warning disable CA1001 // A semaphore without a wait handle holds nothing.
internal sealed class DurabilityBarrier(RedisConnections connections, RedisKey marker)
#pragma warning restore CA1001
{
    private readonly Lock _gate = new();
    private readonly SemaphoreSlim _marking = new(1, 1);
    private Task<string>? _running;
    private Task<string>? _next;
    private string _mark = "";

    /// <summary>What it takes on this server; set once its settings are known.</summary>
    public BarrierKind Kind { get; set; }

    /// <summary>
    /// Names the server as it runs now. Taken before a change is sent, it tells <see cref="WaitAsync"/> whether that is still the
    /// process that has the change in its memory: one that was restarted in between commits with success, and has lost it.
    /// </summary>
    /// <remarks>The name of the connection: it does not survive the connection, and the connection does not survive the process.</remarks>
    public ValueTask<string> MarkAsync()
    {
        var mark = Volatile.Read(ref _mark);
        return Kind == BarrierKind.None || mark.Length > 0 ? new(mark) : new(MarkAnewAsync(""));
    }

    /// <summary>Completes when everything that the server acknowledged since the mark was taken survives its crash.</summary>
    /// <exception cref="RedisException">It cannot be told: the server is away, or was restarted.</exception>
    public async Task WaitAsync(string mark)
    {
        if (Kind == BarrierKind.None)
            return;
        if (await JoinAsync() != mark)
            throw new RedisException("the connection was lost in between, and the server may have been restarted");
    }

    private Task<string> JoinAsync()
    {
        lock (_gate)
        {
            if (_running is null or { IsCompleted: true })
                return _running = RoundAsync();
            // The round under way may have begun before our change: ours is the one after it.
            return _next ??= AfterAsync(_running);
        }
    }

    private async Task<string> AfterAsync(Task running)
    {
        await running.ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        Task<string> round;
        lock (_gate)
        {
            _next = null;
            round = _running = RoundAsync();
        }
        return await round;
    }

    /// <returns>The mark for which this round holds; empty if the connection is a new one.</returns>
    private async Task<string> RoundAsync()
    {
        // Out of the lock, and after whoever is about to join has joined.
        await Task.Yield();
        var mark = Volatile.Read(ref _mark);
        foreach (var server in Primaries())
        {
            var durable = Kind == BarrierKind.CommitAof ? CommitAofAsync(server) : WaitAofAsync(server);
            // Right behind it on the same connection.
            var name = server.ExecuteAsync("CLIENT", "GETNAME");
            await durable;
            if ((string?)await name == mark)
                continue;
            await MarkAnewAsync(mark);
            return "";
        }
        return mark;
    }

    private async Task<string> MarkAnewAsync(string old)
    {
        await _marking.WaitAsync();
        try
        {
            // Somebody else was faster.
            if (_mark != old)
                return _mark;
            var mark = $"slimta-{Guid.NewGuid():N}";
            foreach (var server in Primaries())
                await server.ExecuteAsync("CLIENT", "SETNAME", mark);
            return _mark = mark;
        }
        finally
        {
            _marking.Release();
        }
    }

    /// <summary>One that is not connected may be the one that has the change.</summary>
    private List<IServer> Primaries()
    {
        var servers = connections.BarrierConnection.GetServers().Where(server => !server.IsReplica).ToList();
        return servers.Count > 0 && servers.TrueForAll(server => server.IsConnected) ? servers
            : throw new RedisException("the server is not connected");
    }

    private static Task CommitAofAsync(IServer server) => server.ExecuteAsync("COMMITAOF");

    /// <summary>
    /// WAITAOF waits for what its own connection wrote, and for nothing if that wrote nothing: so a write of ours, which comes after
    /// everybody's, and covers them. Local sync only: replicas are the operator's choice.
    /// </summary>
    private async Task WaitAofAsync(IServer server)
    {
        var database = connections.Database;
        _ = server.ExecuteAsync(database, "HSET", [marker, "barrier", 1]);
        var reply = (RedisResult[]?)await server.ExecuteAsync(database, "WAITAOF", [1, 0, 0]);
        if (reply is not [var synced, ..] || (int)synced < 1)
            throw new RedisException("WAITAOF returned before the file was synced");
    }
}

internal enum BarrierKind
{
    /// <summary>The reply itself says it: appendfsync always. Or the operator accepts that mail may be lost.</summary>
    None,

    /// <summary>Garnet commits its log on request.</summary>
    CommitAof,

    /// <summary>Redis 7.2 and later tell when the file is synced.</summary>
    WaitAof,
}
