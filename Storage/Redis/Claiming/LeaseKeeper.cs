using System.Collections.Concurrent;
using Microsoft.Extensions.Logging;
using StackExchange.Redis;

namespace Slimta.Storage.Redis;

/// <summary>
/// Renews the leases of this process, all of a partition in one call, every third of a lease, and gives a sign of life between; and
/// takes a lease away from its holder in time when it could not be renewed.
/// </summary>
internal sealed partial class LeaseKeeper : IAsyncDisposable
{
    // One call for so many keeps the script under a millisecond.
    private const int MostPerCall = 200;

    private readonly QueueServer _server;
    private readonly Settler _settler;
    private readonly ILogger _log;
    private readonly TimeSpan _length;
    private readonly Lock _gate = new();
    private readonly HashSet<LiveLease> _leases = [];
    private readonly ConcurrentQueue<LiveLease> _dropped = [];
    private readonly CancellationTokenSource _stop = new();
    private readonly Dictionary<Partition, long> _beats = [];
    private TaskCompletionSource? _forgotten;
    private Task? _loop;

    public LeaseKeeper(QueueServer server, Settler settler, ILogger log)
    {
        _server = server;
        _settler = settler;
        _log = log;
        _length = server.Options.Lease;
        Presences = new(server);
    }

    public Presences Presences { get; }

    /// <summary>Completes when a lease ends.</summary>
    public Task Forgotten
    {
        get
        {
            lock (_gate)
                return (_forgotten ??= new(TaskCreationOptions.RunContinuationsAsynchronously)).Task;
        }
    }

    /// <summary>The age of the youngest lease that is still in hand; null if none is.</summary>
    public TimeSpan? Youngest
    {
        get
        {
            lock (_gate)
                return _leases.Count == 0 ? null : _server.Time.GetElapsedTime(_leases.Max(lease => lease.TakenAt));
        }
    }

    /// <summary>When a lease asked for now must be given up, on this process's monotonic clock.</summary>
    public long DeadlineFromNow()
    {
        // A tenth is kept for the clocks to differ in speed and for the holder to notice.
        var usable = _length - _length / 10;
        return _server.Time.GetTimestamp() + (long)(usable.TotalSeconds * _server.Time.TimestampFrequency);
    }

    public void Keep(LiveLease lease)
    {
        lease.Ended = Forget;
        lease.Dropped = _dropped.Enqueue;
        lock (_gate)
        {
            _leases.Add(lease);
            _loop ??= Task.Run(RunAsync);
        }
        QueueTelemetry.Leases.Add(1);
    }

    private void Forget(LiveLease lease)
    {
        lock (_gate)
        {
            if (!_leases.Remove(lease))
                return;
            _forgotten?.TrySetResult();
            _forgotten = null;
        }
        QueueTelemetry.Leases.Add(-1);
    }

    /// <summary>Gives back what is still in hand.</summary>
    public async ValueTask DisposeAsync()
    {
        await _stop.CancelAsync();
        if (_loop is not null)
            await _loop;
        List<LiveLease> left;
        lock (_gate)
            left = [.. _leases];
        await Task.WhenAll(left.Select(GiveBackAsync));
    }

    private async Task GiveBackAsync(LiveLease lease)
    {
        try
        {
            await _settler.ChangeAsync(lease.Partition, new(lease.Id, SettleAction.Release) { Token = lease.Token, Argument = Due.Now.ToArgument() }, default);
        }
        catch (QueueException)
        {
            // It falls due when the lease runs out.
        }
        lease.Lose();
    }

    private async Task RunAsync()
    {
        // Four looks between renewals: a renewal that failed is tried again soon, and no deadline is missed by much.
        var look = _length / 12 < Presences.Beat ? _length / 12 : Presences.Beat;
        using var timer = new PeriodicTimer(look, _server.Time);
        try
        {
            while (await timer.WaitForNextTickAsync(_stop.Token))
                await RenewAsync();
        }
        catch (OperationCanceledException)
        {
            // Stopped.
        }
    }

    private async Task RenewAsync()
    {
        List<LiveLease> over;
        List<(Partition Partition, LiveLease[] Due)> calls;
        lock (_gate)
        {
            // Where nothing is in hand any more, there is nothing to renew.
            if (!_server.Troubles.IsEmpty)
            {
                foreach (var partition in _server.Partitions.Except(_leases.Select(h => h.Partition)))
                    _server.Troubles.End(TaskOf(partition));
            }
            var now = _server.Time.GetTimestamp();
            over = [.. _leases.Where(h => h.Deadline <= now)];
            // A partition with nothing to renew gets an empty call: the sign of life.
            calls = [.. _leases.Where(h => h.Deadline > now).GroupBy(h => h.Partition)
                .SelectMany(g => Chunks(g.Where(h => IsDue(h, now))).DefaultIfEmpty([]).Select(due => (g.Key, due)))
                .Where(call => call.due.Length > 0 || _server.Time.GetElapsedTime(_beats.GetValueOrDefault(call.Key), now) >= Presences.Beat * 0.9)];
        }
        foreach (var lease in over)
        {
            LogGivenUp(_log, lease.Id);
            lease.Lose();
        }
        while (_dropped.TryDequeue(out var dropped))
        {
            if (dropped.HasEnded)
                continue;
            LogDropped(_log, dropped.Id);
            await GiveBackAsync(dropped);
        }
        await Task.WhenAll(calls.Select(call => RenewAsync(call.Partition, call.Due)));
    }

    private static IEnumerable<LiveLease[]> Chunks(IEnumerable<LiveLease> leases) => leases.Chunk(MostPerCall);

    private bool IsDue(LiveLease lease, long now) =>
        _server.Time.GetElapsedTime(lease.RenewedAt, now) >= _length / 3 || lease.Presence != Presences.Of(lease.Partition);

    private async Task RenewAsync(Partition partition, LiveLease[] leases)
    {
        try
        {
            var deadline = DeadlineFromNow();
            var started = _server.Time.GetTimestamp();
            var arguments = new List<RedisValue>(5 + 2 * leases.Length)
            {
                Microseconds.Of(_length), Microseconds.Of(_server.Options.HeartbeatTimeout), _server.Holder, _server.WakeChannel, partition.Index,
            };
            foreach (var lease in leases)
                arguments.AddRange([lease.Id, lease.Token]);
            RedisKey[] keys = [partition.Schedule, partition.Leases, partition.State];
            // An answer that comes after the deadline is of no use; the leases end then in any case.
            using var limit = CancellationTokenSource.CreateLinkedTokenSource(_stop.Token);
            var call = leases.Length == 0
                ? _server.RunAsync(Script.Renew, keys, [.. arguments], limit.Token)
                : _server.ChangeAsync(Script.Renew, keys, [.. arguments], cancellationToken: limit.Token);
            var patience = leases.Length == 0 ? Presences.Beat * 3 : _length / 3;
            var reply = (RedisValue[])(await call.WaitAsync(patience, _server.Time, limit.Token))!;
            _server.Troubles.End(TaskOf(partition));
            var until = Microseconds.ToTime((long)reply[0]);
            var presence = Presences.Confirm(partition, (long)reply[1], started);
            var lost = reply.Skip(2).Select(id => (string)id!).ToHashSet();
            lock (_gate)
                _beats[partition] = started;
            foreach (var lease in leases)
            {
                if (lost.Contains(lease.Id))
                {
                    Lost(lease);
                    continue;
                }
                lease.RenewedAt = started;
                lease.Deadline = deadline;
                lease.Presence = presence;
                lease.Until = until;
            }
        }
        catch (Exception error) when (!_stop.IsCancellationRequested)
        {
            // The loop outlives every exception: without it every lease of this process would run out.
            _server.Troubles.Begin(TaskOf(partition), $"Leases cannot be renewed: {error.Message}");
            if (leases.Length > 0)
                LogNotRenewed(_log, leases.Length, error.Message);
        }
    }

    private static string TaskOf(Partition partition) => $"renew {partition.Index}";

    private void Lost(LiveLease lease)
    {
        if (lease.HasEnded)
            return;
        LogLost(_log, lease.Id);
        lease.Lose();
    }

    [LoggerMessage(10, LogLevel.Warning, "{Id}: lease given up, because it could not be renewed in time")]
    private static partial void LogGivenUp(ILogger log, string id);

    [LoggerMessage(11, LogLevel.Warning, "{Id}: lease lost, because it ran out or an operator took the message")]
    private static partial void LogLost(ILogger log, string id);

    [LoggerMessage(13, LogLevel.Warning, "{Id}: given back, because its consumer dropped the entry without settling, releasing or disposing it")]
    private static partial void LogDropped(ILogger log, string id);

    [LoggerMessage(12, LogLevel.Warning, "Leases not renewed, trying again: {Count} ({Reason})")]
    private static partial void LogNotRenewed(ILogger log, int count, string reason);
}
