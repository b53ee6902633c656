using System.Collections.Concurrent;

namespace Slimta.Storage.Redis;

/// <summary>
/// Many callers, few calls: while calls are on their way to the server, callers collect, and all of them go in the next.
/// A lone caller never waits; in a crowd a round trip, a script and a sync of the disk are shared.
/// </summary>
/// <param name="call">Makes one call for all items and answers each, in their order. Its exception goes to all callers.</param>
/// <param name="bytesOf">What an item adds to the size of a call.</param>
internal sealed class CallBatcher<TItem, TReply>(Func<IReadOnlyList<TItem>, Task<IReadOnlyList<TReply>>> call, Func<TItem, long> bytesOf)
{
    /// <summary>One is under way while the server is still busy with the other; more would only make the groups smaller.</summary>
    private const int AtOnce = 2;

    // Hold the server's one thread for a millisecond, and at worst for less than five.
    private const int MostItems = 32;
    private const long MostBytes = 256 * 1024;

    private readonly Lock _gate = new();
    private readonly Queue<Waiting> _waiting = new();
    private int _calls;

    /// <summary>Cancelling abandons the wait; what was sent may still be done.</summary>
    public Task<TReply> RunAsync(TItem item, CancellationToken cancellationToken)
    {
        var waiting = new Waiting(item, cancellationToken);
        lock (_gate)
        {
            _waiting.Enqueue(waiting);
            if (_calls < AtOnce)
            {
                _calls++;
                // A call belongs to all who share it: it does not run in the context, and so in the trace, of the caller that happens to start it.
                ThreadPool.UnsafeQueueUserWorkItem(static group => _ = group.CallAsync(), this, preferLocal: true);
            }
        }
        return waiting.Task.WaitAsync(cancellationToken);
    }

    private async Task CallAsync()
    {
        while (Take() is { Count: > 0 } group)
        {
            try
            {
                var replies = await call([.. group.Select(waiting => waiting.Item)]);
                for (var i = 0; i < group.Count; i++)
                    group[i].TrySetResult(replies[i]);
            }
            catch (Exception error)
            {
                foreach (var waiting in group)
                    waiting.TrySetException(error);
            }
        }
    }

    /// <summary>The items that go next; when there are none, this call was the last for now.</summary>
    private List<Waiting> Take()
    {
        var group = new List<Waiting>();
        long bytes = 0;
        lock (_gate)
        {
            while (group.Count < MostItems && _waiting.TryPeek(out var next))
            {
                bytes += bytesOf(next.Item);
                if (group.Count > 0 && bytes > MostBytes)
                    break;
                _waiting.Dequeue();
                if (next.IsAbandoned)
                    bytes -= bytesOf(next.Item);
                else
                    group.Add(next);
            }
            if (group.Count == 0)
                _calls--;
        }
        return group;
    }

    private sealed class Waiting(TItem item, CancellationToken cancellationToken)
        : TaskCompletionSource<TReply>(TaskCreationOptions.RunContinuationsAsynchronously)
    {
        public TItem Item => item;

        public bool IsAbandoned => cancellationToken.IsCancellationRequested;
    }
}

/// <summary>A group for each partition, as a script touches one.</summary>
internal sealed class CallBatching<TItem, TReply>(Func<Partition, IReadOnlyList<TItem>, Task<IReadOnlyList<TReply>>> call, Func<TItem, long> bytesOf)
{
    private readonly ConcurrentDictionary<int, CallBatcher<TItem, TReply>> _groups = new();

    public Task<TReply> RunAsync(Partition partition, TItem item, CancellationToken cancellationToken) =>
        _groups.GetOrAdd(partition.Index, _ => new(items => call(partition, items), bytesOf)).RunAsync(item, cancellationToken);
}
