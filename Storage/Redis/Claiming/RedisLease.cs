namespace Slimta.Storage.Redis;

/// <summary>A lease as its consumer has it. When nothing refers to it any more and it was not ended, its message is given back.</summary>
internal sealed class RedisLease(HeldLease held) : Lease(held.Id, held.Token)
{
#pragma warning disable MA0055, CA1816 // Not for a resource: only the garbage collector can tell that a consumer has dropped its entry.
    ~RedisLease()
    {
        if (!held.HasEnded)
            held.Dropped?.Invoke(held);
    }

    public override DateTimeOffset Until => held.Until;

    public override CancellationToken Lost => held.Lost;

    public override bool IsLive => held.IsLive;

    public override bool MaySettle => held.MaySettle;

    public override void MakeRoom() => held.MakeRoom();

    /// <summary>The consumer has settled or released it.</summary>
    public void End()
    {
        held.End();
        GC.SuppressFinalize(this);
    }

    /// <summary>The server says that another consumer has it.</summary>
    public void Lose()
    {
        held.Lose();
        GC.SuppressFinalize(this);
    }
#pragma warning restore MA0055, CA1816
}
