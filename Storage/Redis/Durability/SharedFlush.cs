namespace Slimta.Storage.Redis;

/// <summary>
/// Shares rounds of work: one round serves all callers that asked before it began. A round under way may have begun too early for a new caller,
/// so all that ask meanwhile share the next one.
/// </summary>
/// <param name="round">Does the work once.</param>
internal sealed class SharedFlush<T>(Func<Task<T>> round)
{
    private readonly Lock _gate = new();
    private Task<T>? _running;

    /// <summary>Waits for the one under way; null once it has begun itself.</summary>
    private Task<T>? _next;

    /// <summary>Completes with the result of a round that began after this call.</summary>
    public Task<T> JoinAsync()
    {
        lock (_gate)
        {
            if (_next is not null)
                return _next;
            if (_running is null or { IsCompleted: true })
                return _running = BeginAsync();
            return _next = AfterAsync(_running);
        }
    }

    private async Task<T> AfterAsync(Task running)
    {
        // Even if it has just completed: going on at once, while the caller still holds the lock, would let it keep as the next round
        // one that has begun, and give that to every caller from then on.
        await running.ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing | ConfigureAwaitOptions.ForceYielding);
        Task<T> mine;
        lock (_gate)
        {
            _next = null;
            mine = _running = BeginAsync();
        }
        return await mine;
    }

    private async Task<T> BeginAsync()
    {
        // Outside the lock, and after the callers that are about to join have joined.
        await Task.Yield();
        return await round();
    }
}
