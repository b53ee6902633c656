namespace Slimta.Standalone;

/// <summary>
/// Commits writes that no caller waits for: often while the log grows, so that a large message's chunks reach the disk bit by bit and no commit
/// takes long; once the log has not grown for a while, sleeps until it grows.
/// </summary>
/// <param name="tail">How far the log has been written.</param>
/// <param name="growth">Completes when the log is longer than that; with false, if it never will be.</param>
internal sealed class CommitPulse(
    Func<long> tail, Func<long, CancellationToken, ValueTask<bool>> growth, Func<CancellationToken, ValueTask> commit, TimeProvider time) : IDisposable
{
    /// <summary>With a second in between, a large message held up another client's PING for 70 to 85 ms.</summary>
    public static readonly TimeSpan Busy = TimeSpan.FromMilliseconds(50);

    /// <summary>The number of looks in a row at a log that has not grown before it sleeps: two seconds.</summary>
    public const int Patience = 40;

    private readonly CancellationTokenSource _stop = new();
    private Task _loop = Task.CompletedTask;

    public void Start()
    {
        var timer = new PeriodicTimer(Busy, time);
        _loop = Task.Run(() => RunAsync(timer));
    }

    /// <summary>Returns once no commit of ours is under way any more.</summary>
    public void Dispose()
    {
        if (_stop.IsCancellationRequested)
            return;
        _stop.Cancel();
        _loop.Wait();
        _stop.Dispose();
    }

    private async Task RunAsync(PeriodicTimer ticks)
    {
        using var timer = ticks;
        var (seen, quiet) = (tail(), 0);
        try
        {
            while (await timer.WaitForNextTickAsync(_stop.Token))
            {
                var now = tail();
                quiet = now == seen ? quiet + 1 : 0;
                seen = now;
                if (quiet <= Patience)
                {
                    await commit(_stop.Token);
                    continue;
                }
                // Nothing was written since the last commit.
                timer.Period = Timeout.InfiniteTimeSpan;
                if (!await growth(seen, _stop.Token))
                    return;
                timer.Period = Busy;
            }
        }
        catch (Exception)
        {
            // Stopped; or the log cannot be written any more: Garnet has reported it, and the callers that wait for a commit get the error.
        }
    }
}
