using Slimta.Storage;

namespace Slimta.Relay.Attempts;

/// <summary>What a delivery may do while the lease on its message lives.</summary>
internal sealed class LeasedDelivery(QueueEntry entry, ILogger log, CancellationToken cancellationToken)
    : DeliveryContext(entry.Message, cancellationToken)
{
    public override bool CanCommit => entry.Lease.IsLive;

    public override void MakeRoom() => entry.Lease.MakeRoom();

    public override async ValueTask MarkDeliveredAsync(IReadOnlyCollection<int> indexes)
    {
        try
        {
            await entry.MarkAsync(indexes);
        }
        catch (QueueException e)
        {
            // The settlement marks them again.
            RelayLog.NotMarked(log, entry.Id, e.Message);
        }
    }
}
