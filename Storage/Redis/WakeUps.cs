namespace Slimta.Storage.Redis;

/// <summary>Passes wake-ups from the server on to the consumers of this process; one subscription serves them all.</summary>
internal sealed class WakeUps(QueueServer server)
{
    private readonly Lock _gate = new();
    private readonly List<Action<int>> _listeners = [];
    private Task? _subscribed;

    public async ValueTask SubscribeAsync()
    {
        Task subscribed;
        lock (_gate)
        {
            if (_subscribed is null or { IsFaulted: true } or { IsCanceled: true })
                _subscribed = server.SubscribeAsync(Wake);
            subscribed = _subscribed;
        }
        await subscribed;
    }

    public void Add(Action<int> listener)
    {
        lock (_gate)
            _listeners.Add(listener);
    }

    public void Remove(Action<int> listener)
    {
        lock (_gate)
            _listeners.Remove(listener);
    }

    private void Wake(int partition)
    {
        lock (_gate)
        {
            foreach (var listener in _listeners)
                listener(partition);
        }
    }
}
