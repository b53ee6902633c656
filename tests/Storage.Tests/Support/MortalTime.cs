using System.Collections.Concurrent;

namespace Slimta.Storage.Tests;

/// <summary>
/// The time of a process that can be killed: from then on none of its timers fires. It is the real one, but that it can also pass at once.
/// </summary>
internal sealed class MortalTime : TimeProvider
{
    private readonly ConcurrentDictionary<ITimer, TimeSpan> _timers = [];
    private volatile bool _dead;
    private long _ahead;

    /// <summary>SIGKILL: no renewal, no sign of life, no release.</summary>
    public void Die() => _dead = true;

    /// <summary>So much time goes by for the process, and for none of the others.</summary>
    public void Pass(TimeSpan time)
    {
        Interlocked.Add(ref _ahead, (long)(time.TotalSeconds * TimestampFrequency));
        foreach (var (timer, due) in _timers)
        {
            if (due > TimeSpan.Zero && due <= time)
                timer.Change(TimeSpan.Zero, Timeout.InfiniteTimeSpan);
        }
    }

    public override long GetTimestamp() => System.GetTimestamp() + Interlocked.Read(ref _ahead);

    public override ITimer CreateTimer(TimerCallback callback, object? state, TimeSpan dueTime, TimeSpan period)
    {
        var timer = System.CreateTimer(s => { if (!_dead) callback(s); }, state, dueTime, period);
        if (period == Timeout.InfiniteTimeSpan)
            _timers[timer] = dueTime;
        return timer;
    }
}
