using Microsoft.Extensions.Logging;
using StackExchange.Redis;

namespace Slimta.Storage.Redis;

/// <summary>
/// Renews the leases of this process, all of a partition in one call, every third of a lease; and takes a lease away from its
/// holder in time when it could not be renewed.
/// </summary>
internal sealed partial class LeaseKeeper : IAsyncDisposable
{
    // One call for so many keeps the script under a millisecond.
    private const int MostPerCall = 500;

    private readonly QueueServer _server;
    private readonly ILogger _log;
    private readonly TimeSpan _length;
    private readonly Lock _gate = new();
    private readonly Dictionary<Lease, Held> _leases = [];
    private readonly CancellationTokenSource _stop = new();
    private Task? _loop;

    public LeaseKeeper(QueueServer server, ILogger log)
    {
        _server = server;
        _log = log;
        _length = server.Options.Lease;
    }

    /// <summary>When a lease asked for now must be given up, on this process's monotonic clock.</summary>
    public long DeadlineFromNow()
    {
        // A tenth is kept for the clocks to differ in speed and for the holder to notice.
        var usable = _length - _length / 10;
        return _server.Time.GetTimestamp() + (long)(usable.TotalSeconds * _server.Time.TimestampFrequency);
    }

    public void Keep(Partition partition, Lease lease)
    {
        lock (_gate)
        {
            _leases.Add(lease, new Held(partition, lease) { RenewedAt = _server.Time.GetTimestamp() });
            _loop ??= Task.Run(RunAsync);
        }
        QueueTelemetry.Leases.Add(1);
    }

    public void Forget(Lease lease)
    {
        lock (_gate)
        {
            if (!_leases.Remove(lease))
                return;
        }
        QueueTelemetry.Leases.Add(-1);
    }

    /// <summary>Gives back what is still held.</summary>
    public async ValueTask DisposeAsync()
    {
        await _stop.CancelAsync();
        if (_loop is not null)
            await _loop;
        List<Held> left;
        lock (_gate)
            left = [.. _leases.Values];
        if (left.Count == 0)
            return;
        var settler = new Settler(_server);
        await Task.WhenAll(left.Select(async held =>
        {
            try
            {
                await settler.ChangeAsync(held.Partition, new(held.Lease.Id, SettleAction.Release) { Token = held.Lease.Token, Argument = Due.Now.ToArgument() }, default);
            }
            catch (QueueException)
            {
                // It falls due when the lease runs out.
            }
            held.Lease.Lose();
        }));
    }

    private async Task RunAsync()
    {
        // Four looks between renewals: a renewal that failed is tried again soon, and no deadline is missed by much.
        using var timer = new PeriodicTimer(_length / 12, _server.Time);
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
        List<Held> due, over;
        lock (_gate)
        {
            var now = _server.Time.GetTimestamp();
            over = [.. _leases.Values.Where(h => h.Lease.Deadline <= now)];
            due = [.. _leases.Values.Where(h => h.Lease.Deadline > now && _server.Time.GetElapsedTime(h.RenewedAt, now) >= _length / 3)];
        }
        foreach (var held in over)
        {
            LogGivenUp(_log, held.Lease.Id);
            held.Lease.Lose();
        }
        await Task.WhenAll(due.GroupBy(h => h.Partition).SelectMany(g => g.Chunk(MostPerCall)).Select(RenewAsync));
    }

    private async Task RenewAsync(Held[] leases)
    {
        try
        {
            var deadline = DeadlineFromNow();
            var started = _server.Time.GetTimestamp();
            var arguments = new List<RedisValue>(1 + 2 * leases.Length) { Microseconds.In(_length) };
            foreach (var held in leases)
                arguments.AddRange([held.Lease.Id, held.Lease.Token]);
            // An answer that comes after the deadline is of no use; the leases end then in any case.
            using var limit = CancellationTokenSource.CreateLinkedTokenSource(_stop.Token);
            var partition = leases[0].Partition;
            var reply = (RedisValue[])(await _server.ChangeAsync(
                Script.Renew, [partition.Schedule, partition.Leases], [.. arguments], cancellationToken: limit.Token)
                .WaitAsync(_length / 3, _server.Time, limit.Token))!;
            _server.Troubles.End(TaskOf(partition));
            var until = Microseconds.ToTime((long)reply[0]);
            var lost = reply.Skip(1).Select(id => (string)id!).ToHashSet();
            foreach (var held in leases)
            {
                if (lost.Contains(held.Lease.Id))
                {
                    Lost(held.Lease);
                    continue;
                }
                held.RenewedAt = started;
                held.Lease.Deadline = deadline;
                held.Lease.Until = until;
            }
        }
        catch (Exception error) when (!_stop.IsCancellationRequested)
        {
            // The loop outlives whatever is thrown: without it every lease of this process would run out.
            _server.Troubles.Begin(TaskOf(leases[0].Partition), $"Leases cannot be renewed: {error.Message}");
            LogNotRenewed(_log, leases.Length, error.Message);
        }
    }

    private static string TaskOf(Partition partition) => $"renew {partition.Index}";

    private void Lost(Lease lease)
    {
        if (lease.HasEnded)
            return;
        LogLost(_log, lease.Id);
        lease.Lose();
    }

    private sealed class Held(Partition partition, Lease lease)
    {
        public Partition Partition => partition;
        public Lease Lease => lease;
        public long RenewedAt { get; set; }
    }

    [LoggerMessage(10, LogLevel.Warning, "The lease on message {Id} could not be renewed in time and is given up")]
    private static partial void LogGivenUp(ILogger log, string id);

    [LoggerMessage(11, LogLevel.Warning, "The lease on message {Id} is lost: it ran out, or an operator took the message")]
    private static partial void LogLost(ILogger log, string id);

    [LoggerMessage(12, LogLevel.Warning, "{Count} leases could not be renewed, trying again: {Reason}")]
    private static partial void LogNotRenewed(ILogger log, int count, string reason);
}
