using StackExchange.Redis;

namespace Slimta.Storage.Redis;

/// <summary>
/// The one place that says "now it is durable". Every caller that has changed something waits here; one round to the server serves all
/// that came before it began (group commit), so its cost does not grow with their number.
/// </summary>
#pragma warning disable CA1001 // A semaphore without a wait handle holds nothing.
internal sealed class DurabilityBarrier
#pragma warning restore CA1001
{
    private readonly RedisConnections _connections;
    private readonly RedisKey _marker;
    private readonly SemaphoreSlim _marking = new(1, 1);
    private readonly SharedFlush<string> _rounds;
    private string _mark = "";

    /// <param name="marker">A hash of ours that the barrier may write to.</param>
    public DurabilityBarrier(RedisConnections connections, RedisKey marker)
    {
        (_connections, _marker) = (connections, marker);
        _rounds = new(RoundAsync);
    }

    /// <summary>How a change becomes durable on this server; set once its settings are known.</summary>
    public BarrierKind Kind { get; set; }

    /// <summary>
    /// Names the server as it runs now. Taken before a change is sent, it tells <see cref="WaitAsync"/> whether the server process that has the
    /// change in its memory still runs: a server that was restarted in between commits successfully, but has lost the change.
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
        if (await _rounds.JoinAsync() != mark)
            throw new RedisException("the connection was lost in between, and the server may have been restarted");
    }

    /// <returns>The mark for which this round holds; empty if the connection is a new one.</returns>
    private async Task<string> RoundAsync()
    {
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
            // Another caller was faster.
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

    /// <summary>All must be connected: the one that is not may be the one that has the change.</summary>
    private List<IServer> Primaries()
    {
        var servers = _connections.BarrierConnection.GetServers().Where(server => !server.IsReplica).ToList();
        return servers.Count > 0 && servers.TrueForAll(server => server.IsConnected) ? servers
            : throw new RedisException("the server is not connected");
    }

    private static Task CommitAofAsync(IServer server) => server.ExecuteAsync("COMMITAOF");

    /// <summary>
    /// WAITAOF waits for what its own connection wrote, and for nothing if that wrote nothing: so a write of ours, which comes after
    /// every caller's, and covers them. Local sync only: replicas are the operator's choice.
    /// </summary>
    private async Task WaitAofAsync(IServer server)
    {
        var database = _connections.Database;
        _ = server.ExecuteAsync(database, "HSET", [_marker, "barrier", 1]);
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
