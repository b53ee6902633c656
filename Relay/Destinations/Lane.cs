using Slimta.Storage;

namespace Slimta.Relay.Destinations;

/// <summary>
/// The way to one destination: which deliveries may go there now, which wait, and which come back later. A destination gets no more of the
/// relay than it leaves free for the others. One that has not answered yet gets a single delivery, which takes no place from those
/// that have; nor does one that the other side keeps waiting. So healthy ones find a place however many sick ones there are.
/// </summary>
internal sealed class Lane(Destination destination, LaneLimits limits, Capacity capacity, TimeProvider time)
{
    /// <summary>Connections that failed in a row before a destination is left alone.</summary>
    private const int FailuresToCooldown = 3;

    /// <summary>Deliveries at once when a destination has answered for the first time.</summary>
    private const int InitialWindow = 5;

    /// <summary>A delivery that waits for the other side for longer than this is not at work.</summary>
    private static readonly TimeSpan StalledAfter = TimeSpan.FromSeconds(1);

    /// <summary>
    /// A first contact that failed after longer than this met silence: once is enough. One that has answered may only dislike a message.
    /// </summary>
    private static readonly TimeSpan Silence = TimeSpan.FromSeconds(5);

    private readonly Lock _gate = new();
    private readonly Queue<Waiter> _waiting = new();
    private readonly List<Place> _places = [];
    private double _window = InitialWindow;

    /// <summary>It has answered since it last failed.</summary>
    private bool _isProven;
    private int _failures;
    private long _downUntil = long.MinValue;
    private DateTimeOffset _downSince;
    private RoutingFailure? _problem;

    /// <summary>When the first of the connections failed that have failed since one was answered.</summary>
    private DateTimeOffset? _failingSince;

    /// <summary>Since when a message waits or is being delivered, without a pause.</summary>
    private long _busySince;

    /// <summary>The time up to which those sent back have been given turns.</summary>
    private long _turns;
    private ServiceRate _pace;

    public Destination Destination { get; } = destination;

    /// <summary>No message waits or is being delivered.</summary>
    public bool IsEmpty
    {
        get { lock (_gate) return _places.Count == 0 && _waiting.Count == 0 && time.GetTimestamp() >= _downUntil; }
    }

    /// <summary>What it does at this moment; null if that is nothing.</summary>
    public DestinationState? Look(DateTimeOffset utc)
    {
        lock (_gate)
        {
            var now = time.GetTimestamp();
            if (_places.Count == 0 && _waiting.Count == 0 && now >= _downUntil)
                return null;
            return new(Destination.Key.Place, _places.Count, _waiting.Count, (int)_window)
            {
                FailingSince = _failingSince,
                CoolingUntil = now < _downUntil ? utc + time.GetElapsedTime(now, _downUntil) : null,
                Problem = _failingSince is null ? null : _problem?.Problem,
            };
        }
    }

    /// <summary>Asks for a place. A delivery that is admitted must <see cref="Place.Leave"/> it.</summary>
    public ValueTask<Admission> EnterAsync(CancellationToken cancellationToken, DeliveryContext? delivery = null)
    {
        Waiter waiter;
        lock (_gate)
        {
            var now = time.GetTimestamp();
            if (capacity.IsStopped)
                return new(Admission.Busy(TimeSpan.Zero));
            if (now < _downUntil && !IsAsked(delivery))
                return new(Admission.Down(_problem!));
            if (_waiting.Count == 0 && TryAdmit(now, delivery) is { } place)
                return new(Admission.Granted(place));
            if (_places.Count == 0 && _waiting.Count == 0)
                Watch(now);
            if (IsCrowding() && (!_isProven || ExpectedWait(now) > limits.Patience.TotalSeconds))
                return new(Admission.Busy(NextTurn(now)));
            _waiting.Enqueue(waiter = new Waiter(now, delivery, isNew: !_isProven));
            capacity.EnterWaitingRoom(waiter.IsNew);
        }
        return waiter.WaitAsync(cancellationToken);
    }

    /// <summary>A delivery is over.</summary>
    public void Leave(Place place, Contact contact)
    {
        lock (_gate)
        {
            var now = time.GetTimestamp();
            _pace.Count();
            Remove(place);
            Judge(contact, place, now);
            Admit(now);
        }
    }

    /// <summary>From time to time: sends those back who have waited too long, and admits whom the others made room for.</summary>
    public void Tick()
    {
        lock (_gate)
        {
            var now = time.GetTimestamp();
            LookAtStalled(now);
            Admit(now);
            while (IsCrowding() && _waiting.TryPeek(out var first) && time.GetElapsedTime(first.Since, now) > limits.Patience)
            {
                Dequeue();
                first.TryAnswer(Admission.Busy(NextTurn(now)));
            }
        }
    }

    /// <summary>The relay stops: deliveries that have not begun go back at once.</summary>
    public void SendBack()
    {
        lock (_gate)
        {
            while (_waiting.TryPeek(out var waiter))
            {
                Dequeue();
                waiter.TryAnswer(Admission.Busy(TimeSpan.Zero));
            }
        }
    }

    private Place? TryAdmit(long now, DeliveryContext? delivery)
    {
        if (_places.Count >= (_isProven ? Math.Min(limits.Connections, (int)_window) : 1))
            return null;
        var place = new Place(this, delivery, now);
        if (_isProven ? _places.Count(one => one.Stalled is null) >= Limit() || !capacity.TryTake() : !capacity.TryStall(place))
            return null;
        if (_places.Count == 0)
            Watch(now);
        _places.Add(place);
        return place;
    }

    private void Remove(Place place)
    {
        _places.Remove(place);
        if (place.Stalled is null)
            capacity.Free();
        else
            capacity.Unstall(place);
    }

    /// <summary>
    /// A delivery that the other side keeps waiting gives its place to others, and takes one again when the other side has answered. Here too
    /// no destination gets more than it leaves free.
    /// </summary>
    private void LookAtStalled(long now)
    {
        foreach (var place in _places)
        {
            var since = place.WaitingSince;
            var isStalled = since != 0 && time.GetElapsedTime(since, now) > StalledAfter;
            if (isStalled == place.Stalled is not null)
                continue;
            if (!isStalled && _isProven)
            {
                capacity.Unstall(place);
                capacity.Retake();
            }
            else if (isStalled && _places.Count(one => one.Stalled is not null) < capacity.StalledRoom && capacity.TryStall(place))
            {
                capacity.Free();
            }
        }
    }

    /// <summary>Starts the measurement again: the time when the lane was empty says nothing.</summary>
    private void Watch(long now) => (_busySince, _pace) = (now, new ServiceRate(now));

    /// <summary>
    /// With n destinations that use up all they get, each gets 1/(n+1) of the relay: none may have more than is free.
    /// </summary>
    private int Limit() => Math.Max(1, capacity.Available);

    /// <summary>The same for waiting: a delivery that waits for a merely slow destination blocks no other until room runs out.</summary>
    private bool IsCrowding() => _waiting.Count >= (_isProven ? capacity.WaitingRoom : capacity.NewWaitingRoom);

    private void Dequeue() => capacity.LeaveWaitingRoom(_waiting.Dequeue().IsNew);

    private void Admit(long now)
    {
        while (_waiting.TryPeek(out var next))
        {
            if (now < _downUntil && !IsAsked(next.Delivery))
            {
                Dequeue();
                next.TryAnswer(Admission.Down(_problem!));
                continue;
            }
            if (TryAdmit(now, next.Delivery) is not { } place)
            {
                if (!_isProven && _places.Count == 0)
                    capacity.MakeRoom();
                return;
            }
            Dequeue();
            if (!next.TryAnswer(Admission.Granted(place)))
                Remove(place);
        }
    }

    private void Judge(Contact contact, Place place, long now)
    {
        if (contact.HasAnswered)
        {
            _failures = 0;
            _failingSince = null;
            _downUntil = long.MinValue;
            _isProven = true;
            _window = Math.Min(limits.Connections, _window + 1);
        }
        if (contact.Problem is not { } problem)
            return;
        _problem = problem;
        _failingSince ??= time.GetUtcNow();
        _window = Math.Max(1, _window / 2);
        _failures = !_isProven && time.GetElapsedTime(place.Since, now) > Silence ? FailuresToCooldown : _failures + 1;
        if (_failures < FailuresToCooldown)
            return;
        _isProven = false;
        _downUntil = now + Ticks(limits.Cooldown.TotalSeconds);
        _downSince = time.GetUtcNow();
    }

    /// <summary>An operator wanted a try after the last one failed. One is made, and what it finds holds for all who were asked for.</summary>
    private bool IsAsked(DeliveryContext? delivery) => delivery?.Message.Asked >= _downSince;

    private double ExpectedWait(long now) => (_waiting.Count + 1) * _pace.SecondsPerDelivery(now, time);

    /// <summary>
    /// Turns are spread at twice the pace at which places come free, so that one always waits to take it; and none is
    /// sent further ahead than the lane has been watched, so that a short stall costs little.
    /// </summary>
    private TimeSpan NextTurn(long now)
    {
        var watched = time.GetElapsedTime(_busySince, now);
        var horizon = limits.Patience + (watched < limits.LongestTurn ? watched : limits.LongestTurn);
        _turns = Math.Max(_turns, now) + Ticks(_pace.SecondsPerDelivery(now, time) / 2);
        var wait = time.GetElapsedTime(now, _turns);
        if (wait <= horizon)
            return wait;
        _turns = now + Ticks(horizon.TotalSeconds);
        return horizon * (0.5 + (Random.Shared.NextDouble() / 2));
    }

    private long Ticks(double seconds) => (long)(seconds * time.TimestampFrequency);

    private sealed class Waiter(long since, DeliveryContext? delivery, bool isNew)
    {
        private readonly TaskCompletionSource<Admission> _answer = new(TaskCreationOptions.RunContinuationsAsynchronously);

        public long Since { get; } = since;
        public DeliveryContext? Delivery { get; } = delivery;

        /// <summary>It waits for a destination that had not answered yet.</summary>
        public bool IsNew { get; } = isNew;

        public bool TryAnswer(Admission admission) => _answer.TrySetResult(admission);

        public async ValueTask<Admission> WaitAsync(CancellationToken cancellationToken)
        {
            using var registration = cancellationToken.UnsafeRegister(static self => ((Waiter)self!)._answer.TrySetCanceled(), this);
            return await _answer.Task;
        }
    }
}
