namespace Slimta.Edge.Intake;

/// <summary>Bytes that all requests or messages of the process together may hold in memory.</summary>
internal sealed class ByteBudget(long limit)
{
    private long _held;

    public long Held => Volatile.Read(ref _held);

    /// <summary>Takes a share, to be given back; false if there is none left.</summary>
    public bool TryTake(long bytes)
    {
        if (Interlocked.Add(ref _held, bytes) <= limit)
            return true;
        GiveBack(bytes);
        return false;
    }

    public void GiveBack(long bytes) => Interlocked.Add(ref _held, -bytes);
}
