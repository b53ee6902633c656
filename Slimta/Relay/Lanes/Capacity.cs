namespace Slimta.Relay.Lanes;

/// <summary>How many deliveries the relay makes at once, over all lanes, and how many more may wait; as many again.</summary>
internal sealed class Capacity(int total)
{
    private int _used;
    private int _parked;

    /// <summary>Room to wait.</summary>
    public int Parking => total - Volatile.Read(ref _parked);

    public int Available => total - Volatile.Read(ref _used);

    /// <summary>The queue is away: what was sent now could not be settled, and would be sent again.</summary>
    public bool IsPaused { get; set; }

    /// <summary>The relay stops; nobody begins any more.</summary>
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

    public void Free() => Interlocked.Decrement(ref _used);

    public void Park() => Interlocked.Increment(ref _parked);

    public void Unpark() => Interlocked.Decrement(ref _parked);
}
