namespace Slimta.Relay.Delivery;

/// <summary>The groups of one message. While one of them is under way the message is ours, so the others can wait for their turn here.</summary>
internal sealed class Siblings(TimeProvider time)
{
    private static readonly TimeSpan ShortestWait = TimeSpan.FromMilliseconds(100);
    private static readonly TimeSpan LongestWait = TimeSpan.FromSeconds(5);

    private int _underWay;

    public void Begin() => Interlocked.Increment(ref _underWay);

    public void End() => Interlocked.Decrement(ref _underWay);

    /// <summary>Waits for a turn, if the message is under way meanwhile.</summary>
    /// <returns>False if it is not: then it is better given back.</returns>
    public async ValueTask<bool> WaitAsync(TimeSpan turn, CancellationToken cancellationToken)
    {
        if (turn == TimeSpan.Zero || Volatile.Read(ref _underWay) == 0)
            return false;
        await Task.Delay(turn < ShortestWait ? ShortestWait : turn > LongestWait ? LongestWait : turn, time, cancellationToken);
        return true;
    }
}
