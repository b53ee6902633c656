using Slimta.Storage.Redis;

namespace Slimta.Storage;

/// <summary>
/// The right to work on one message until it is settled, released or lost. At most one live lease exists for a message.
/// The storage that handed it out renews it in the background; no other code has to.
/// </summary>
#pragma warning disable CA1001 // Its token source has no timer and no wait handle, so it holds nothing that would need disposal.
public sealed class Lease
#pragma warning restore CA1001
{
    private readonly CancellationTokenSource _lost = new();
    private readonly Lock _gate = new();
    private readonly TimeProvider _time;
    private long _deadline;
    private Presence _presence;
    private bool _ended;

    /// <param name="deadline">See <see cref="Deadline"/>.</param>
    internal Lease(string id, string token, DateTimeOffset until, TimeProvider time, long deadline, Presence presence)
    {
        Id = id;
        Token = token;
        Until = until;
        (_time, _deadline, _presence) = (time, deadline, presence);
    }

    /// <summary>The message.</summary>
    public string Id { get; }

    /// <summary>
    /// The fencing number, which only grows within a partition. The server refuses every change that names an older one
    /// than the last it gave out for the message.
    /// </summary>
    public string Token { get; }

    /// <summary>When the lease runs out unless renewed, by the server's clock.</summary>
    public DateTimeOffset Until { get; internal set; }

    /// <summary>
    /// Cancelled when the lease is lost, or could not be renewed and is about to run out. Work on the message must stop then:
    /// another consumer may be given it.
    /// </summary>
    public CancellationToken Lost => _lost.Token;

    /// <summary>
    /// True while no other relay can have the message: until the lease was settled, released or lost, is over by the clock, or the server
    /// has not heard of this process for <see cref="QueueOptions.HeartbeatTimeout"/>. To be asked right before what cannot be taken
    /// back: in a process that was stopped, or on a machine that slept, <see cref="Lost"/> comes as late as everything else. It can
    /// become true again, when the server is back and says that no other relay has taken the message.
    /// </summary>
    public bool IsLive => MaySettle && _time.GetTimestamp() < Presence.Deadline;

    /// <summary>True while the server may still take a settlement: no other relay is known to have the message, and the lease is not over.</summary>
    public bool MaySettle => !HasEnded && _time.GetTimestamp() < Deadline;

    /// <summary>Under which presence of this process the server last confirmed it.</summary>
    internal Presence Presence
    {
        get => Volatile.Read(ref _presence);
        set => Volatile.Write(ref _presence, value);
    }

    /// <summary>When the holder must stop, on the monotonic clock of this process (<see cref="TimeProvider.GetTimestamp"/>).</summary>
    internal long Deadline
    {
        get => Volatile.Read(ref _deadline);
        set => Volatile.Write(ref _deadline, value);
    }

    /// <summary>Settled, released or lost.</summary>
    internal bool HasEnded
    {
        get { lock (_gate) return _ended; }
    }

    internal Action<Lease>? Ended { get; set; }

    /// <summary>Is called once at most: by <see cref="MakeRoom"/>, or when the lease ends.</summary>
    internal Action? LeftRoom { get; set; }

    /// <summary>
    /// The holder only waits with the message: from now on it does not count against the capacity of <see cref="IQueueStorage.WaitAsync"/>.
    /// </summary>
    public void MakeRoom()
    {
        Action? leave;
        lock (_gate)
            (leave, LeftRoom) = (LeftRoom, null);
        leave?.Invoke();
    }

    /// <summary>Settled or released: no renewal, no cancellation any more.</summary>
    internal void End() => Close(lost: false);

    /// <summary>Taken away: those who work on it are told.</summary>
    internal void Lose() => Close(lost: true);

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
