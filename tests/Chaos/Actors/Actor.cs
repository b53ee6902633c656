namespace Slimta.Chaos.Actors;

/// <summary>A part that is played by one process after another, as they are killed.</summary>
internal class Actor(string name) : IAsyncDisposable
{
    private readonly SemaphoreSlim _hold = new(1, 1);
    private Child? _child;

    public string Name => name;

    /// <summary>How often it was started.</summary>
    public int Incarnation { get; private set; }

    /// <summary>The process that plays it now; null before the first.</summary>
    public Child? Child => _child;

    /// <summary>Makes the next process.</summary>
    public Func<int, Child>? Begin { get; init; }

    /// <summary>Completes when a process that was begun can be used.</summary>
    public Func<Child, Task> Ready { get; init; } = child => child.Ready;

    /// <summary>Who harms an actor has it to himself meanwhile.</summary>
    public async Task<IDisposable> HoldAsync(CancellationToken cancellationToken = default)
    {
        await _hold.WaitAsync(cancellationToken);
        return new Release(_hold);
    }

    /// <summary>The same, unless somebody has it.</summary>
    public IDisposable? TryHold() => _hold.Wait(0) ? new Release(_hold) : null;

    /// <summary>Starts it, again if need be: what it depends on may be down just now.</summary>
    public async Task StartAsync()
    {
        const int Tries = 20;
        for (var tries = 1; ; tries++)
        {
            _child?.Dispose();
            _child = Begin!(++Incarnation);
            try
            {
                await Ready(_child).WaitAsync(TimeSpan.FromMinutes(1), TimeProvider.System);
                return;
            }
            catch (Exception error) when (error is InvalidOperationException or TimeoutException && tries < Tries)
            {
                await KillAsync();
                await Clock.DelayAsync(0.5);
            }
        }
    }

    public Task KillAsync() => _child is { HasExited: false } child ? child.KillAsync() : Task.CompletedTask;

    public virtual async ValueTask DisposeAsync()
    {
        await KillAsync();
        _child?.Dispose();
        _hold.Dispose();
        GC.SuppressFinalize(this);
    }

    private sealed class Release(SemaphoreSlim hold) : IDisposable
    {
        public void Dispose() => hold.Release();
    }
}
