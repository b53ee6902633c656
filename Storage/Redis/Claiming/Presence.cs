namespace Slimta.Storage.Redis;

/// <summary>
/// A time during which the server knows that this process lives, in one partition. When the server counts the process as dead and gives its
/// messages away, this presence is over: the next sign of life begins another, and leases taken under this one must be confirmed again.
/// </summary>
/// <param name="generation">The server's number for it; a later one is larger.</param>
internal sealed class Presence(long generation)
{
    private long _deadline;
    private long _confirmedAt;

    /// <summary>When the server's last word on it came.</summary>
    public long ConfirmedAt
    {
        get => Volatile.Read(ref _confirmedAt);
        set => Volatile.Write(ref _confirmedAt, value);
    }

    public long Generation => generation;

    /// <summary>When the server may take us for dead, on this process's monotonic clock, with something to spare.</summary>
    public long Deadline => Volatile.Read(ref _deadline);

    /// <summary>Answers may overtake each other.</summary>
    public void Extend(long deadline)
    {
        var known = Volatile.Read(ref _deadline);
        while (known < deadline && Interlocked.CompareExchange(ref _deadline, deadline, known) is var found && found != known)
            known = found;
    }
}

/// <summary>Our presences, by partition.</summary>
internal sealed class Presences(QueueServer server)
{
    private readonly Lock _gate = new();
    private readonly Dictionary<int, Presence> _current = [];
    private readonly TimeSpan _timeout = server.Options.HeartbeatTimeout;

    /// <summary>How often to give a sign of life; the scripts reckon with it.</summary>
    public TimeSpan Beat => _timeout / 6;

    /// <summary>The server answered what was asked for at <paramref name="asked"/>.</summary>
    /// <returns>The presence that the answer confirms.</returns>
    public Presence Confirm(Partition partition, long generation, long asked)
    {
        Presence presence;
        lock (_gate)
        {
            // A lower number, if asked for after the last answer, comes from a server that has lost its state; otherwise the last answer
            // overtook it, and this presence is over.
            if (!_current.TryGetValue(partition.Index, out presence!) || generation > presence.Generation
                || (generation < presence.Generation && asked > presence.ConfirmedAt))
                _current[partition.Index] = presence = new(generation);
            else if (generation < presence.Generation)
                return new(generation);
            presence.ConfirmedAt = server.Time.GetTimestamp();
        }
        // A tenth is kept for the clocks to differ in speed, and a twelfth because the server does not note each beat.
        presence.Extend(asked + (long)(_timeout.TotalSeconds * 0.85 * server.Time.TimestampFrequency));
        return presence;
    }

    /// <summary>The current presence: a lease confirmed under it has not gone to others; null before the first.</summary>
    public Presence? Of(Partition partition)
    {
        lock (_gate)
            return _current.GetValueOrDefault(partition.Index);
    }
}
