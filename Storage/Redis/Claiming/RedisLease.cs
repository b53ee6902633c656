namespace Slimta.Storage.Redis;

/// <summary>A lease as its consumer has it. When nothing refers to it any more and it was not ended, its message is given back.</summary>
internal sealed class RedisLease(LiveLease lease) : Lease(lease.Id, lease.Token)
{
#pragma warning disable MA0055, CA1816 // Not for a resource: only the garbage collector can tell that a consumer has dropped its entry.
    ~RedisLease()
    {
        if (!lease.HasEnded)
            lease.Dropped?.Invoke(lease);
    }

    public override DateTimeOffset Until => lease.Until;

    public override CancellationToken Lost => lease.Lost;

    public override bool IsLive => lease.IsLive;

    public override bool MaySettle => lease.MaySettle;

    public override void MakeRoom() => lease.MakeRoom();

    /// <summary>The consumer has settled or released it.</summary>
    public void End()
    {
        lease.End();
        GC.SuppressFinalize(this);
    }

    /// <summary>The server says that another consumer has it.</summary>
    public void Lose()
    {
        lease.Lose();
        GC.SuppressFinalize(this);
    }
#pragma warning restore MA0055, CA1816
}
