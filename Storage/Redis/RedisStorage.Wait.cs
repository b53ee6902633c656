using System.Runtime.CompilerServices;
using Microsoft.Extensions.Logging;

namespace Slimta.Storage.Redis;

public sealed partial class RedisStorage
{
    private static readonly TimeSpan FirstPause = TimeSpan.FromMilliseconds(100);
    private static readonly TimeSpan LongestPause = TimeSpan.FromSeconds(2);

    private const string Reading = "claim";

    private WakeUpSubscription? _wakeUps;
    private Claimer? _claimer;
    private Trials? _trials;

    // 3 Lease
    public async IAsyncEnumerable<QueueEntry> WaitAsync(
        int capacity = 1, [EnumeratorCancellation] CancellationToken cancellationToken = default)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(capacity, 1);
        var wakeUps = LazyInitializer.EnsureInitialized(ref _wakeUps, () => new WakeUpSubscription(_server, _log));
        var trials = LazyInitializer.EnsureInitialized(ref _trials, () => new Trials(_keeper, _settler, _server.Time));
        var room = new ClaimRoom(capacity);
        var timetable = new Timetable(_server.Time, () => wakeUps.Poll);
        var ready = new Queue<RedisEntry>();
        var pause = TimeSpan.Zero;
        wakeUps.Add(timetable.Wake);
        try
        {
            while (true)
            {
                while (ready.TryDequeue(out var entry))
                {
                    if (entry.Live.MaySettle)
                        yield return entry;
                    cancellationToken.ThrowIfCancellationRequested();
                }
                if (_rules.Current.QueuePause is not null)
                {
                    await _ruleKeeper.RefreshedAsync(cancellationToken);
                    continue;
                }
                var free = await room.TakeAsync(cancellationToken);
                TimeSpan? idle = null;
                var ended = _keeper.Forgotten;
                try
                {
                    await wakeUps.SubscribeAsync();
                    await _ruleKeeper.StartAsync(wakeUps, cancellationToken);
                    if (_rules.Current.QueuePause is not null)
                        continue;
                    var step = trials.Next();
                    idle = step.Pause;
                    if (step.Survivor is { } survivor)
                        await trials.JoinAsync(survivor);
                    else if (step.Partition is { } partition)
                        await TryAsync(trials, partition, ready, room);
                    else if (idle is null)
                        await ClaimAsync(timetable, trials, free, ready, room);
                    if (step == Trials.Step.Claim && ready.Count == 0 && !trials.MayGoOn())
                        idle = Timeout.InfiniteTimeSpan;
                    if (_server.Troubles.End(Reading))
                        LogBack(_log);
                    pause = TimeSpan.Zero;
                }
                catch (Exception error)
                {
                    // The loop goes on after every failure: it is the only one that hands out this process's mail.
                    pause = await PauseAsync(pause, error, cancellationToken);
                    continue;
                }
                finally
                {
                    room.GiveBackUnused();
                }
                if (idle == Timeout.InfiniteTimeSpan)
                    await timetable.SleepAsync(cancellationToken);
                else if (idle is { } pausing)
                    await ended.WaitAsync(pausing, _server.Time, cancellationToken).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            }
        }
        finally
        {
            wakeUps.Remove(timetable.Wake);
            await Task.WhenAll(ready.Select(entry => entry.DisposeAsync().AsTask()));
        }
    }

    private Claimer Claimer =>
        LazyInitializer.EnsureInitialized(ref _claimer, () => new Claimer(this, _server, _keeper, _reader, _settler, _log));

    private async Task TryAsync(Trials trials, int partition, Queue<RedisEntry> ready, ClaimRoom room)
    {
        try
        {
            var result = await Claimer.ClaimSuspectAsync(_server.Partitions[partition], trials.Age, room);
            trials.Tried(partition, result);
            foreach (var entry in result.Entries)
            {
                LogTried(_log, entry.Id);
                ready.Enqueue(entry);
            }
        }
        catch (Exception error) when (!Claimer.ConcernsAll(error))
        {
            // An ordinary claim tells what is wrong with the partition.
            trials.Tried(partition, ClaimResult.None);
        }
    }

    /// <summary>Asks the partitions that have something due, all at once, each for its share of the room.</summary>
    private async Task ClaimAsync(Timetable timetable, Trials trials, int free, Queue<RedisEntry> ready, ClaimRoom room)
    {
        var claimer = Claimer;
        var partitions = _server.Partitions;
        var ripe = timetable.TakeRipe(partitions.Count);
        if (ripe.Count > free)
        {
            // More partitions than room: chance decides whose turn it is, so that none starves.
            Random.Shared.Shuffle(System.Runtime.InteropServices.CollectionsMarshal.AsSpan(ripe));
            foreach (var waiting in ripe.Skip(free))
                timetable.Plan(waiting, TimeSpan.Zero);
            ripe.RemoveRange(free, ripe.Count - free);
        }
        var share = ripe.Count == 0 ? 0 : free / ripe.Count;
        var claims = ripe.Select(async index =>
        {
            try
            {
                var result = await claimer.ClaimAsync(partitions[index], share, room);
                if (result.Next is { } next)
                    timetable.Plan(index, next);
                if (_server.Troubles.End(TaskOf(index)))
                    LogPartitionBack(_log, index);
                if (result.Suspects is { } age)
                    trials.Met(index, age);
                return result.Entries;
            }
            catch (Exception error) when (!Claimer.ConcernsAll(error))
            {
                // The other partitions go on; this one is asked again when its poll is due.
                var problem = $"Partition {index} cannot be read: {error.Message}";
                if (_server.Troubles.Begin(TaskOf(index), problem))
                    LogPartitionAway(_log, problem);
                return [];
            }
            catch (Exception)
            {
                timetable.Plan(index, TimeSpan.Zero);
                throw;
            }
        }).ToList();
        try
        {
            await Task.WhenAll(claims);
        }
        finally
        {
            // Messages of one partition are handed out even if another failed.
            foreach (var claim in claims.Where(c => c.IsCompletedSuccessfully))
            {
                foreach (var entry in await claim)
                    ready.Enqueue(entry);
            }
        }
    }

    private static string TaskOf(int partition) => $"claim {partition}";

    private async Task<TimeSpan> PauseAsync(TimeSpan last, Exception error, CancellationToken cancellationToken)
    {
        if (_server.Troubles.Begin(Reading, error.Message) && last == TimeSpan.Zero)
            LogAway(_log, error.Message);
        var next = last == TimeSpan.Zero ? FirstPause : last * 2;
        next = next < LongestPause ? next : LongestPause;
        await Task.Delay(next * (0.75 + Random.Shared.NextDouble() / 2), _server.Time, cancellationToken);
        return next;
    }

    internal async ValueTask GiveBackAsync(RedisEntry entry)
    {
        try
        {
            await ReleaseAsync(entry.Lease);
        }
        catch (Exception error)
        {
            // It falls due when the lease runs out.
            LogNotReleased(_log, entry.Id, error.Message);
            entry.Live.Lose();
        }
    }

    [LoggerMessage(37, LogLevel.Warning, "{Id}: handed out before and never settled; now tried alone, because it may have killed its relays")]
    private static partial void LogTried(ILogger log, string id);

    [LoggerMessage(30, LogLevel.Error, "The queue cannot be read; trying again: {Reason}")]
    private static partial void LogAway(ILogger log, string reason);

    [LoggerMessage(35, LogLevel.Error, "{Problem}")]
    private static partial void LogPartitionAway(ILogger log, string problem);

    [LoggerMessage(36, LogLevel.Information, "Partition {Partition} can be read again")]
    private static partial void LogPartitionBack(ILogger log, int partition);

    [LoggerMessage(31, LogLevel.Information, "The queue can be read again")]
    private static partial void LogBack(ILogger log);

    [LoggerMessage(32, LogLevel.Warning, "{Id}: could not be given back; falls due when its lease runs out: {Reason}")]
    private static partial void LogNotReleased(ILogger log, string id, string reason);
}
