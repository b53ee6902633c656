using System.Threading.Channels;
using Slimta.Standalone;
using Slimta.Tests;

namespace Slimta.EndToEnd;

public sealed class CommitPulseTests : IDisposable
{
    private readonly WatchedTime _time = new(CommitPulse.Busy);
    private readonly Channel<long> _commits = Channel.CreateUnbounded<long>();
    private readonly Channel<(long Tail, TaskCompletionSource<bool> Wake)> _sleeps = Channel.CreateUnbounded<(long, TaskCompletionSource<bool>)>();
    private readonly CancellationTokenSource _patience = new(TimeSpan.FromSeconds(30));
    private long _tail;

    public void Dispose() => _patience.Dispose();

    [Fact]
    public async Task The_log_is_committed_often_while_it_grows_and_not_at_all_once_it_does_not()
    {
        using var pulse = Start();
        await _time.BegunAsync();
        for (var i = 0; i < 3 * CommitPulse.Patience; i++)
        {
            _tail++;
            await CommitsAfterAsync(CommitPulse.Busy);
        }
        for (var i = 0; i < CommitPulse.Patience; i++)
            await CommitsAfterAsync(CommitPulse.Busy);
        _time.Advance(CommitPulse.Busy);
        var sleeping = await _sleeps.Reader.ReadAsync(_patience.Token);
        Assert.Equal(_tail, sleeping.Tail);
        for (var i = 0; i < CommitPulse.Patience; i++)
            _time.Advance(CommitPulse.Busy);

        // Had it committed meanwhile, that would be the next.
        _tail++;
        sleeping.Wake.SetResult(true);
        await _time.BegunAsync();
        for (var i = 0; i <= CommitPulse.Patience; i++)
            await CommitsAfterAsync(CommitPulse.Busy);
    }

    [Fact]
    public async Task A_pause_is_not_taken_for_the_end()
    {
        using var pulse = Start();
        for (var i = 0; i < 4 * CommitPulse.Patience; i++)
        {
            if (i % (CommitPulse.Patience - 1) == 0)
                _tail++;
            await CommitsAfterAsync(CommitPulse.Busy);
        }
    }

    [Fact]
    public async Task A_stop_does_not_wait_for_a_commit_that_hangs()
    {
        var begun = new TaskCompletionSource();
        var pulse = new CommitPulse(() => 0, GrowthAsync, async stop =>
        {
            begun.SetResult();
            // Without end: the hang. Only the stop ends it.
            await Task.Delay(Timeout.InfiniteTimeSpan, _time, stop);
        }, _time);
        pulse.Start();
        _time.Advance(CommitPulse.Busy);
        await begun.Task.WaitAsync(_patience.Token);
        pulse.Dispose();
        // As after a restart that failed.
        pulse.Dispose();
    }

    [Fact]
    public async Task A_stop_wakes_it()
    {
        var pulse = Start();
        for (var i = 0; i < CommitPulse.Patience; i++)
            await CommitsAfterAsync(CommitPulse.Busy);
        _time.Advance(CommitPulse.Busy);
        await _sleeps.Reader.ReadAsync(_patience.Token);
        await Task.Run(pulse.Dispose).WaitAsync(_patience.Token);
    }

    private CommitPulse Start()
    {
        var pulse = new CommitPulse(() => _tail, GrowthAsync, stop => _commits.Writer.WriteAsync(_tail, stop), _time);
        pulse.Start();
        return pulse;
    }

    /// <summary>Sleeps until the test wakes it.</summary>
    private async ValueTask<bool> GrowthAsync(long tail, CancellationToken stop)
    {
        var wake = new TaskCompletionSource<bool>(TaskCreationOptions.RunContinuationsAsynchronously);
        await _sleeps.Writer.WriteAsync((tail, wake), stop);
        return await wake.Task.WaitAsync(stop);
    }

    private async Task CommitsAfterAsync(TimeSpan passed)
    {
        _time.Advance(passed);
        Assert.Equal(_tail, await _commits.Reader.ReadAsync(_patience.Token));
    }
}
