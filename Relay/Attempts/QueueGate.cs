namespace Slimta.Relay.Attempts;

/// <summary>
/// Closed while the queue cannot be written: a message sent then could not be settled and would be sent again, so no delivery begins.
/// </summary>
internal sealed class QueueGate(LaneSet lanes)
{
    private readonly Lock _gate = new();
    private TaskCompletionSource? _closed;

    public bool IsOpen
    {
        get { lock (_gate) return _closed is null; }
    }

    public ValueTask WaitAsync(CancellationToken cancellationToken)
    {
        lock (_gate)
            return _closed is null ? default : new(_closed.Task.WaitAsync(cancellationToken));
    }

    /// <returns>True if it was open.</returns>
    public bool Close()
    {
        lock (_gate)
        {
            if (_closed is not null)
                return false;
            _closed = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
            lanes.Pause(true);
            return true;
        }
    }

    /// <returns>True if it was closed.</returns>
    public bool Open()
    {
        TaskCompletionSource? closed;
        lock (_gate)
        {
            (closed, _closed) = (_closed, null);
            if (closed is not null)
                lanes.Pause(false);
        }
        closed?.SetResult();
        return closed is not null;
    }
}
