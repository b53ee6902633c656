namespace Slimta.Storage.Tests;

/// <summary>What every storage does, on disk, on a server or in memory: through <see cref="IQueueStorage"/> alone. Derive from it and give it yours.</summary>
public abstract partial class QueueContract : IAsyncLifetime
{
    // Long enough for a slow machine; only a failure waits for it.
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(60);

    private readonly CancellationTokenSource _patience = new(Patience);

    protected CancellationToken Soon => _patience.Token;

    protected IQueueStorage Queue { get; private set; } = null!;

    public virtual Task InitializeAsync()
    {
        Queue = NewQueue();
        return Task.CompletedTask;
    }

    public virtual Task DisposeAsync()
    {
        _patience.Dispose();
        return Task.CompletedTask;
    }

    /// <summary>Another process's view of the same queue, which is empty at first and this test's own.</summary>
    protected abstract IQueueStorage NewQueue();

    /// <summary>Nothing that was ever written is kept anywhere.</summary>
    protected virtual async Task AssertNothingIsLeftAsync() => Assert.Empty(await LoadedAsync());

    /// <summary>The next message that a queue hands out.</summary>
    protected async Task<QueueEntry> NextAsync(IQueueStorage? queue = null) => (await NextAsync(1, queue))[0];

    protected async Task<List<QueueEntry>> NextAsync(int count, IQueueStorage? queue = null)
    {
        var entries = new List<QueueEntry>();
        await foreach (var entry in (queue ?? Queue).WaitAsync(count, Soon))
        {
            entries.Add(entry);
            if (entries.Count == count)
                break;
        }
        return entries;
    }

    protected async Task<List<string>> LoadedAsync()
    {
        var ids = new List<string>();
        await foreach (var (_, id) in Queue.LoadAsync(Soon))
            ids.Add(id);
        return ids;
    }
}
