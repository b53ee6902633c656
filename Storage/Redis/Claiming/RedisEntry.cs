namespace Slimta.Storage.Redis;

/// <summary>An entry that the queue on Redis hands out.</summary>
internal sealed class RedisEntry(RedisStorage storage, DateTimeOffset timestamp, LiveLease lease, QueuedMessage message)
    : QueueEntry(timestamp, new RedisLease(lease), message)
{
    public LiveLease Live => lease;

    public override Task<Settled> SettleAsync(Settlement settlement, CancellationToken cancellationToken = default) =>
        storage.SettleAsync(Lease, settlement, cancellationToken);

    public override Task ReleaseAsync(CancellationToken cancellationToken = default) => storage.ReleaseAsync(Lease, cancellationToken);

    public override Task MarkAsync(IReadOnlyCollection<int> indexes, CancellationToken cancellationToken = default) =>
        storage.SetRecipientsDeliveredAsync(Id, indexes, Lease, cancellationToken);

    protected override ValueTask GiveBackAsync() => storage.GiveBackAsync(this);
}
