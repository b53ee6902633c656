namespace Slimta.Storage.Tests;

/// <summary>A lease as another process may know it: by its id and token, and by nothing that the first one keeps.</summary>
internal sealed class CopiedLease(Lease lease) : Lease(lease.Id, lease.Token)
{
    public override DateTimeOffset Until { get; } = lease.Until;

    public override CancellationToken Lost => CancellationToken.None;

    public override bool IsLive => true;
}
