namespace Slimta.Storage;

/// <summary>
/// The right to work on one message until it is settled, released or lost. At most one live lease exists for a message.
/// The storage that handed it out renews it in the background; nobody else has to.
/// </summary>
#pragma warning disable CA1001 // Its token source has no timer and no wait handle, so it holds nothing that would need disposal.
public sealed class Lease
#pragma warning restore CA1001
{
    private readonly CancellationTokenSource _lost = new();
    private readonly Lock _gate = new();
    private bool _ended;

    internal Lease(string id, string token, DateTimeOffset until)
    {
        Id = id;
        Token = token;
        Until = until;
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

    /// <summary>True until the lease was settled, released or lost.</summary>
    public bool IsLive
    {
        get { lock (_gate) return !_ended; }
    }

    /// <summary>When the holder must stop, on the monotonic clock of this process (<see cref="TimeProvider.GetTimestamp"/>).</summary>
    internal long Deadline { get; set; }

    internal Action<Lease>? Ended { get; set; }

    /// <summary>Settled or released: no renewal, no cancellation any more.</summary>
    internal void End() => Close(lost: false);

    /// <summary>Taken away: whoever works on it is told.</summary>
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
        if (lost)
            _lost.Cancel();
    }
}
