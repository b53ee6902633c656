using System.Threading.Channels;
using Slimta.Standalone;
using Slimta.Tests;

namespace Slimta.EndToEnd;

public sealed class CommitPulseTests : IDisposable
{
    private readonly WatchedTime _time = new(CommitPulse.Idle);
    private readonly Channel<long> _commits = Channel.CreateUnbounded<long>();
    private readonly CancellationTokenSource _patience = new(TimeSpan.FromSeconds(30));
    private long _tail;

    public void Dispose() => _patience.Dispose();

    [Fact]
    public async Task The_log_is_committed_often_while_it_grows_and_not_at_all_once_it_does_not()
    {
        using var pulse = Start();
        for (var i = 0; i < 3 * CommitPulse.Patience; i++)
        {
            _tail++;
            await CommitsAfterAsync(CommitPulse.Busy);
        }
        for (var i = 0; i < CommitPulse.Patience; i++)
            await CommitsAfterAsync(CommitPulse.Busy);
        await _time.BegunAsync();
        for (var i = 0; i < CommitPulse.Patience; i++)
            _time.Advance(CommitPulse.Idle);

        // Had it committed meanwhile, that would be the next.
        _tail++;
        await CommitsAfterAsync(CommitPulse.Idle);
        for (var i = 1; i < CommitPulse.Patience; i++)
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
        var pulse = new CommitPulse(() => 0, async stop =>
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

    private CommitPulse Start()
    {
        var pulse = new CommitPulse(() => _tail, stop => _commits.Writer.WriteAsync(_tail, stop), _time);
        pulse.Start();
        return pulse;
    }

    private async Task CommitsAfterAsync(TimeSpan passed)
    {
        _time.Advance(passed);
        Assert.Equal(_tail, await _commits.Reader.ReadAsync(_patience.Token));
    }
}
