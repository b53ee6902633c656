using System.Collections.Concurrent;

namespace Slimta.Relay.Destinations;

/// <summary>All lanes with their idle connections, by destination. They are looked at from time to time while there are any.</summary>
internal sealed class LaneSet : IDisposable
{
    private static readonly TimeSpan TickEvery = TimeSpan.FromMilliseconds(250);

    private readonly ConcurrentDictionary<DestinationKey, Entry> _lanes = new();
    private readonly RelayOptions _options;
    private readonly LaneLimits _limits;
    private readonly Capacity _capacity;
    private readonly TimeProvider _time;
    private readonly ITimer _timer;
    private readonly Lock _gate = new();
    private bool _ticks;

    public LaneSet(RelayOptions options, TimeProvider time)
    {
        _options = options;
        _time = time;
        _capacity = new Capacity(options.Concurrency, options.MaxStalled, time);
        _limits = new LaneLimits(options.ConnectionsPerDestination, options.Patience, options.Cooldown, TimeSpan.FromMinutes(15));
        _timer = time.CreateTimer(static self => ((LaneSet)self!).Tick(), this, Timeout.InfiniteTimeSpan, Timeout.InfiniteTimeSpan);
    }

    public IEnumerable<Lane> Lanes => _lanes.Values.Select(entry => entry.Lane);

    public Entry For(Destination destination)
    {
        while (true)
        {
            var entry = _lanes.TryGetValue(destination.Key, out var known) ? known : Add(destination);
            // The sweep may have taken it out between the look-up and the use.
            if (entry.TryUse())
                return entry;
            _lanes.TryRemove(new(destination.Key, entry));
        }
    }

    /// <summary>Lets no delivery begin until told otherwise.</summary>
    public void Pause(bool paused) => _capacity.IsPaused = paused;

    /// <summary>Lets no delivery begin any more, and sends back those that wait.</summary>
    public void Stop()
    {
        _capacity.IsStopped = true;
        foreach (var entry in _lanes.Values)
            entry.Lane.SendBack();
    }

    public void Dispose()
    {
        _timer.Dispose();
        foreach (var entry in _lanes.Values)
            entry.Idle.Sweep(all: true);
    }

    private Entry Add(Destination destination)
    {
        lock (_gate)
        {
            if (!_ticks)
                _timer.Change(TickEvery, TickEvery);
            _ticks = true;
            return _lanes.GetOrAdd(destination.Key, static (_, state) => state.Self.Create(state.Destination), (Self: this, Destination: destination));
        }
    }

    private Entry Create(Destination destination) => new(
        new Lane(destination, _limits, _capacity, _time),
        new IdleConnections(_options.MessagesPerConnection, _options.ConnectionIdle, _time));

    private void Tick()
    {
        foreach (var (key, entry) in _lanes)
        {
            entry.Lane.Tick();
            entry.Idle.Sweep();
            if (entry.TryRetire())
                _lanes.TryRemove(new(key, entry));
        }
        lock (_gate)
        {
            if (!_ticks || !_lanes.IsEmpty)
                return;
            _timer.Change(Timeout.InfiniteTimeSpan, Timeout.InfiniteTimeSpan);
            _ticks = false;
        }
    }

    internal sealed class Entry(Lane lane, IdleConnections idle)
    {
        private int _users;

        public Lane Lane { get; } = lane;
        public IdleConnections Idle { get; } = idle;

        public bool TryUse()
        {
            for (var users = Volatile.Read(ref _users); users >= 0;)
            {
                var seen = Interlocked.CompareExchange(ref _users, users + 1, users);
                if (seen == users)
                    return true;
                users = seen;
            }
            return false;
        }

        public void Done() => Interlocked.Decrement(ref _users);

        /// <summary>Unused, with nothing to remember.</summary>
        public bool TryRetire() =>
            Lane.IsEmpty && Idle.IsEmpty && Interlocked.CompareExchange(ref _users, int.MinValue / 2, 0) == 0;
    }
}
