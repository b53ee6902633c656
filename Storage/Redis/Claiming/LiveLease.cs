namespace Slimta.Storage.Redis;

/// <summary>
/// What this process knows of a lease that it holds. The keeper refers to it for as long as the lease lasts, and never to the
/// <see cref="RedisLease"/> that the consumer has: so the garbage collector notices a lease that its consumer has dropped.
/// </summary>
#pragma warning disable CA1001 // Its token source has no timer and no wait handle, so it holds nothing that would need disposal.
internal sealed class LiveLease(Partition partition, string id, string token, DateTimeOffset until, TimeProvider time, long deadline, Presence presence)
#pragma warning restore CA1001
{
    private readonly CancellationTokenSource _lost = new();
    private readonly Lock _gate = new();
    private long _deadline = deadline;
    private Presence _presence = presence;
    private bool _ended;

    public Partition Partition => partition;

    public string Id => id;

    public string Token => token;

    /// <inheritdoc cref="Lease.Until"/>
    public DateTimeOffset Until { get; set; } = until;

    public CancellationToken Lost => _lost.Token;

    public bool IsLive => MaySettle && time.GetTimestamp() < Presence.Deadline;

    public bool MaySettle => !HasEnded && time.GetTimestamp() < Deadline;

    public long TakenAt { get; } = time.GetTimestamp();

    public long RenewedAt { get; set; } = time.GetTimestamp();

    /// <summary>The presence of this process under which the server last confirmed it.</summary>
    public Presence Presence
    {
        get => Volatile.Read(ref _presence);
        set => Volatile.Write(ref _presence, value);
    }

    /// <summary>When the holder must stop, on the monotonic clock of this process (<see cref="TimeProvider.GetTimestamp"/>).</summary>
    public long Deadline
    {
        get => Volatile.Read(ref _deadline);
        set => Volatile.Write(ref _deadline, value);
    }

    /// <summary>Settled, released or lost.</summary>
    public bool HasEnded
    {
        get { lock (_gate) return _ended; }
    }

    public Action<LiveLease>? Ended { get; set; }

    /// <summary>Is called if the consumer drops the lease; on the finalizer's thread.</summary>
    public Action<LiveLease>? Dropped { get; set; }

    /// <summary>Is called once at most: by <see cref="MakeRoom"/>, or when the lease ends.</summary>
    public Action? LeftRoom { get; set; }

    public void MakeRoom()
    {
        Action? leave;
        lock (_gate)
            (leave, LeftRoom) = (LeftRoom, null);
        leave?.Invoke();
    }

    /// <summary>Settled or released: no renewal, no cancellation any more.</summary>
    public void End() => Close(lost: false);

    /// <summary>Taken away: cancels the work on it.</summary>
    public void Lose() => Close(lost: true);

    private void Close(bool lost)
    {
        lock (_gate)
        {
            if (_ended)
                return;
            _ended = true;
        }
        Ended?.Invoke(this);
        MakeRoom();
        if (lost)
            _lost.Cancel();
    }
}
