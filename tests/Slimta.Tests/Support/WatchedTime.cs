using Microsoft.Extensions.Time.Testing;

namespace Slimta.Tests;

/// <summary>Fake time that tells when somebody begins to wait for so long: before that a test cannot know when to let time pass.</summary>
internal sealed class WatchedTime(TimeSpan delay) : FakeTimeProvider
{
    private readonly SemaphoreSlim _begun = new(0);

    public override ITimer CreateTimer(TimerCallback callback, object? state, TimeSpan dueTime, TimeSpan period)
    {
        var timer = new Watched(base.CreateTimer(callback, state, dueTime, period), this);
        See(dueTime);
        return timer;
    }

    /// <summary>Returns when somebody begins to wait; once for each who does.</summary>
    public async Task BegunAsync()
    {
        using var patience = new CancellationTokenSource(TimeSpan.FromSeconds(30));
        await _begun.WaitAsync(patience.Token);
    }

    /// <summary>Lets that time pass whenever somebody begins to wait for it, until <paramref name="done"/>.</summary>
    public async Task PassUntilAsync(Task done)
    {
        while (true)
        {
            var begun = BegunAsync();
            if (await Task.WhenAny(done, begun) == done)
                return;
            await begun;
            Advance(delay);
        }
    }

    private void See(TimeSpan dueTime)
    {
        if (dueTime == delay)
            _begun.Release();
    }

    private sealed class Watched(ITimer timer, WatchedTime time) : ITimer
    {
        public bool Change(TimeSpan dueTime, TimeSpan period)
        {
            var changed = timer.Change(dueTime, period);
            time.See(dueTime);
            return changed;
        }

        public void Dispose() => timer.Dispose();

        public ValueTask DisposeAsync() => timer.DisposeAsync();
    }
}
