namespace Slimta.Storage.Tests;

/// <summary>The real time, of a process that can be killed: from then on none of its timers fires.</summary>
internal sealed class MortalTime : TimeProvider
{
    private volatile bool _dead;

    /// <summary>SIGKILL: no renewal, no sign of life, no release.</summary>
    public void Die() => _dead = true;

    public override ITimer CreateTimer(TimerCallback callback, object? state, TimeSpan dueTime, TimeSpan period) =>
        System.CreateTimer(s => { if (!_dead) callback(s); }, state, dueTime, period);
}
