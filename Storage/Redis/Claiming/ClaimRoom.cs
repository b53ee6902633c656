namespace Slimta.Storage.Redis;

/// <summary>
/// How many entries a consumer may still take. Each round takes all the room there is and gives back the part that it did not use; each lease
/// that it took gives back its place when the lease ends.
/// </summary>
#pragma warning disable CA1001 // Never disposed: entries outlive the loop. A semaphore without a wait handle holds nothing.
internal sealed class ClaimRoom(int capacity)
#pragma warning restore CA1001
{
    private readonly SemaphoreSlim _places = new(capacity);
    private int _unused;

    /// <summary>Starts a round; waits until there is room for one.</summary>
    public async Task<int> TakeAsync(CancellationToken cancellationToken)
    {
        await _places.WaitAsync(cancellationToken);
        var taken = 1;
        while (taken < capacity && _places.Wait(0, CancellationToken.None))
            taken++;
        _unused = taken;
        return taken;
    }

    /// <summary>A lease was taken.</summary>
    public void Use() => Interlocked.Decrement(ref _unused);

    /// <summary>A lease has ended.</summary>
    public void Leave() => _places.Release();

    /// <summary>Ends the round.</summary>
    public void GiveBackUnused()
    {
        if (Interlocked.Exchange(ref _unused, 0) is > 0 and var unused)
            _places.Release(unused);
    }
}
