namespace Slimta.Relay.Destinations;

/// <summary>
/// The capacity that all lanes share: places for deliveries at work, room to wait for one, and room for deliveries that the other side keeps
/// waiting. These cost a connection and a message in memory, but no place: so destinations that do not answer take no places.
/// </summary>
internal sealed class Capacity(int total, int stalled, TimeProvider time)
{
    /// <summary>Where others want its room, a session that has not begun within this is given up, however long RFC 5321 would wait.</summary>
    private static readonly TimeSpan GivenUpAfter = TimeSpan.FromSeconds(5);

    private readonly Lock _gate = new();
    private readonly LinkedList<Place> _stalled = [];
    private int _used;
    private int _waiting;
    private int _waitingNew;

    /// <summary>Room to wait.</summary>
    public int WaitingRoom => total - Volatile.Read(ref _waiting);

    /// <summary>Of it, what destinations may use that have not answered yet.</summary>
    public int NewWaitingRoom => Math.Max(1, total / 2) - Volatile.Read(ref _waitingNew);

    public int Available => total - Volatile.Read(ref _used);

    /// <summary>Room for deliveries that wait for the other side.</summary>
    public int StalledRoom
    {
        get { lock (_gate) return stalled - _stalled.Count; }
    }

    /// <summary>The queue is away: a message sent now could not be settled, and would be sent again.</summary>
    public bool IsPaused { get; set; }

    /// <summary>The relay stops; no delivery begins any more.</summary>
    public bool IsStopped { get; set; }

    public bool TryTake()
    {
        if (IsPaused)
            return false;
        if (Interlocked.Increment(ref _used) <= total)
            return true;
        Interlocked.Decrement(ref _used);
        return false;
    }

    /// <summary>For a delivery that goes on: the other side has answered, so it is at work whether there is a place or not.</summary>
    public void Retake() => Interlocked.Increment(ref _used);

    public void Free() => Interlocked.Decrement(ref _used);

    public void EnterWaitingRoom(bool isNew)
    {
        Interlocked.Increment(ref _waiting);
        if (isNew)
            Interlocked.Increment(ref _waitingNew);
    }

    public void LeaveWaitingRoom(bool isNew)
    {
        Interlocked.Decrement(ref _waiting);
        if (isNew)
            Interlocked.Decrement(ref _waitingNew);
    }

    public bool TryStall(Place place)
    {
        if (IsPaused)
            return false;
        lock (_gate)
        {
            if (_stalled.Count >= stalled)
                return false;
            place.Stalled = _stalled.AddLast(place);
        }
        place.Delivery?.MakeRoom();
        return true;
    }

    public void Unstall(Place place)
    {
        lock (_gate)
        {
            _stalled.Remove(place.Stalled!);
            place.Stalled = null;
        }
    }

    /// <summary>Gives up the session that has waited longest for its beginning, if it has waited long enough.</summary>
    public void MakeRoom()
    {
        lock (_gate)
        {
            if (_stalled.Count < stalled)
                return;
            foreach (var place in _stalled)
            {
                if (time.GetElapsedTime(place.Since) < GivenUpAfter)
                    return;
                if (place.TryGiveUp())
                    return;
            }
        }
    }
}
