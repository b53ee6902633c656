namespace Slimta.Storage.Redis;

/// <summary>
/// When to ask each partition next, as far as a consumer knows. Times are on the process's monotonic clock, computed from the remaining time
/// that the server reported; none is further away than the poll interval, so that a missed wake-up costs no more.
/// </summary>
/// <param name="poll">Shorter where no wake-up comes.</param>
internal sealed class Timetable(TimeProvider time, Func<TimeSpan> poll)
{
    private readonly Lock _gate = new();
    private readonly List<long> _ripe = [];
    private TaskCompletionSource _woken = new(TaskCreationOptions.RunContinuationsAsynchronously);

    /// <summary>A partition's earliest message has changed.</summary>
    public void Wake(int partition)
    {
        lock (_gate)
        {
            if (partition < _ripe.Count)
                _ripe[partition] = 0;
            _woken.TrySetResult();
        }
    }

    /// <summary>
    /// The partitions to ask now. They count as asked: a wake-up that comes while the answer is on its way is not overwritten by it.
    /// </summary>
    public List<int> TakeRipe(int partitions)
    {
        lock (_gate)
        {
            while (_ripe.Count < partitions)
                _ripe.Add(0);
            var now = time.GetTimestamp();
            var ripe = new List<int>();
            for (var i = 0; i < _ripe.Count; i++)
            {
                if (_ripe[i] > now)
                    continue;
                ripe.Add(i);
                _ripe[i] = Later(now, poll());
            }
            _woken = new(TaskCreationOptions.RunContinuationsAsynchronously);
            return ripe;
        }
    }

    /// <summary>The server's answer: when the partition's next message is due.</summary>
    public void Plan(int partition, TimeSpan next)
    {
        lock (_gate)
            _ripe[partition] = Math.Min(_ripe[partition], Later(time.GetTimestamp(), next));
    }

    /// <summary>Until the next partition is ripe or a wake-up comes.</summary>
    public async Task SleepAsync(CancellationToken cancellationToken)
    {
        Task woken;
        TimeSpan until;
        lock (_gate)
        {
            woken = _woken.Task;
            var now = time.GetTimestamp();
            var earliest = _ripe.Count == 0 ? now : _ripe.Min();
            until = earliest <= now ? TimeSpan.Zero : time.GetElapsedTime(now, earliest);
        }
        if (until == TimeSpan.Zero || woken.IsCompleted)
            return;
        using var cancel = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        await Task.WhenAny(woken, Task.Delay(until, time, cancel.Token));
        await cancel.CancelAsync();
        cancellationToken.ThrowIfCancellationRequested();
    }

    private long Later(long now, TimeSpan span) => now + (long)(span.TotalSeconds * time.TimestampFrequency);
}
