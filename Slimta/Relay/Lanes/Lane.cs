using Slimta.Relay.Routing;

namespace Slimta.Relay.Lanes;

/// <summary>
/// The way to one destination: who may deliver there now, who waits, and who comes back later. A destination gets no more of the
/// relay than it leaves free for the others, so sick ones share what they cannot use and healthy ones always find a place.
/// </summary>
internal sealed class Lane(Destination destination, LaneLimits limits, Capacity capacity, TimeProvider time)
{
    /// <summary>Connections that failed in a row before a destination is left alone.</summary>
    private const int FailuresToCooldown = 3;

    /// <summary>What a destination begins with until it has proved well; the first deliveries find out.</summary>
    private const int InitialWindow = 5;

    private readonly Lock _gate = new();
    private readonly Queue<Waiter> _waiting = new();
    private double _window = InitialWindow;
    private int _active;
    private int _failures;
    private long _downUntil = long.MinValue;
    private string? _problem;

    /// <summary>Since when somebody waits or is being delivered to without a pause.</summary>
    private long _busySince;

    /// <summary>The time up to which those sent back have been given turns.</summary>
    private long _turns;
    private Pace _pace;

    public Destination Destination { get; } = destination;

    /// <summary>Nobody is here.</summary>
    public bool IsEmpty
    {
        get { lock (_gate) return _active == 0 && _waiting.Count == 0 && time.GetTimestamp() >= _downUntil; }
    }

    /// <summary>Asks for a place. Whoever is admitted must <see cref="Leave"/>.</summary>
    public ValueTask<Admission> EnterAsync(CancellationToken cancellationToken)
    {
        Waiter waiter;
        lock (_gate)
        {
            var now = time.GetTimestamp();
            if (capacity.IsStopped)
                return new(Admission.Busy(TimeSpan.Zero));
            if (now < _downUntil)
                return new(Admission.Down(_problem!));
            if (_waiting.Count == 0 && TryAdmit(now))
                return new(Admission.Granted);
            if (_active == 0 && _waiting.Count == 0)
                Watch(now);
            if (IsCrowding() && ExpectedWait(now) > limits.Patience.TotalSeconds)
                return new(Admission.Busy(NextTurn(now)));
            _waiting.Enqueue(waiter = new Waiter(now));
            capacity.Park();
        }
        return waiter.WaitAsync(cancellationToken);
    }

    /// <summary>A delivery is over.</summary>
    /// <param name="problem">What the connection failed with, before there was a session; null if there was one.</param>
    public void Leave(string? problem)
    {
        lock (_gate)
        {
            var now = time.GetTimestamp();
            _pace.Count();
            _active--;
            capacity.Free();
            Judge(problem, now);
            Admit(now);
        }
    }

    /// <summary>From time to time: sends those back who have waited too long, and admits whom the others made room for.</summary>
    public void Tick()
    {
        lock (_gate)
        {
            var now = time.GetTimestamp();
            Admit(now);
            while (IsCrowding() && _waiting.TryPeek(out var first) && time.GetElapsedTime(first.Since, now) > limits.Patience)
            {
                Dequeue();
                first.TryAnswer(Admission.Busy(NextTurn(now)));
            }
        }
    }

    /// <summary>The relay stops: whoever has not begun goes back at once.</summary>
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

    private bool TryAdmit(long now)
    {
        if (_active >= Limit() || !capacity.TryTake())
            return false;
        if (_active++ == 0)
            Watch(now);
        return true;
    }

    /// <summary>Begins anew: of the time when nobody was here there is nothing to learn.</summary>
    private void Watch(long now) => (_busySince, _pace) = (now, new Pace(now));

    /// <summary>
    /// With n destinations that use up all they get, each gets 1/(n+1) of the relay: nobody may have more than is free.
    /// </summary>
    private int Limit() => Math.Min(Math.Min(limits.Connections, (int)_window), Math.Max(1, capacity.Available));

    /// <summary>The same for waiting: who waits for a destination that is only slow is in nobody's way until room runs out.</summary>
    private bool IsCrowding() => _waiting.Count >= capacity.Parking;

    private void Dequeue()
    {
        _waiting.Dequeue();
        capacity.Unpark();
    }

    private void Admit(long now)
    {
        while (_waiting.TryPeek(out var next))
        {
            if (now < _downUntil)
            {
                Dequeue();
                next.TryAnswer(Admission.Down(_problem!));
                continue;
            }
            if (!TryAdmit(now))
                return;
            Dequeue();
            if (next.TryAnswer(Admission.Granted))
                continue;
            _active--;
            capacity.Free();
        }
    }

    private void Judge(string? problem, long now)
    {
        if (problem is null)
        {
            _failures = 0;
            _window = Math.Min(limits.Connections, _window + 1);
            return;
        }
        _problem = problem;
        _window = Math.Max(1, _window / 2);
        if (++_failures >= FailuresToCooldown && limits.Cooldown > TimeSpan.Zero)
            _downUntil = now + Ticks(limits.Cooldown.TotalSeconds);
    }

    private double ExpectedWait(long now) => (_waiting.Count + 1) * _pace.SecondsPerDelivery(now, time);

    /// <summary>
    /// Turns are spread at twice the pace at which places come free, so that there is always somebody to take one; and nobody is
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

    private sealed class Waiter(long since)
    {
        private readonly TaskCompletionSource<Admission> _answer = new(TaskCreationOptions.RunContinuationsAsynchronously);

        public long Since { get; } = since;

        public bool TryAnswer(Admission admission) => _answer.TrySetResult(admission);

        public async ValueTask<Admission> WaitAsync(CancellationToken cancellationToken)
        {
            using var registration = cancellationToken.UnsafeRegister(static self => ((Waiter)self!)._answer.TrySetCanceled(), this);
            return await _answer.Task;
        }
    }
}
