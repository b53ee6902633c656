using Slimta.Storage;

namespace Slimta.Standalone;

/// <summary>The queue, which takes no new mail while the guard says so. Relays go on: their settlements make room.</summary>
internal sealed class GuardedQueue(IQueueStorage queue, GarnetGuard guard) : IQueueStorage
{
    public Task<string> WriteAsync(Envelope envelope, Due timestamp = default, WriteOptions? options = null, CancellationToken cancellationToken = default) =>
        guard.Problem is { } problem
            ? Task.FromException<string>(new QueueFullException(problem))
            : queue.WriteAsync(envelope, timestamp, options, cancellationToken);

    public MessageWriter BeginWrite(WriteOptions? options = null) => new GuardedWriter(queue.BeginWrite(options), guard);

    public Task SetTimestampAsync(string id, Due timestamp, Lease? lease = null, CancellationToken cancellationToken = default) =>
        queue.SetTimestampAsync(id, timestamp, lease, cancellationToken);

    public Task<int> IncrementAttemptsAsync(string id, Lease? lease = null, CancellationToken cancellationToken = default) =>
        queue.IncrementAttemptsAsync(id, lease, cancellationToken);

    public Task SetRecipientsDeliveredAsync(string id, IReadOnlyCollection<int> indexes, Lease? lease = null, CancellationToken cancellationToken = default) =>
        queue.SetRecipientsDeliveredAsync(id, indexes, lease, cancellationToken);

    public IAsyncEnumerable<(DateTimeOffset Timestamp, string Id)> LoadAsync(CancellationToken cancellationToken = default) =>
        queue.LoadAsync(cancellationToken);

    public Task<QueuedMessage> GetAsync(string id, CancellationToken cancellationToken = default) => queue.GetAsync(id, cancellationToken);

    public Task RemoveAsync(string id, Lease? lease = null, CancellationToken cancellationToken = default) =>
        queue.RemoveAsync(id, lease, cancellationToken);

    public IAsyncEnumerable<QueueEntry> WaitAsync(int capacity = 1, CancellationToken cancellationToken = default) =>
        queue.WaitAsync(capacity, cancellationToken);

    /// <summary>Large content goes to disk while it arrives, so it is refused while it arrives.</summary>
    private sealed class GuardedWriter(MessageWriter writer, GarnetGuard guard) : MessageWriter
    {
        public override string Id => writer.Id;

        public override long Length => writer.Length;

        public override ValueTask WriteAsync(ReadOnlyMemory<byte> bytes, CancellationToken cancellationToken = default) =>
            guard.Problem is { } problem
                ? ValueTask.FromException(new QueueFullException(problem))
                : writer.WriteAsync(bytes, cancellationToken);

        public override Task<string> CommitAsync(
            Envelope envelope, Due timestamp = default, string? fingerprint = null, CancellationToken cancellationToken = default) =>
            guard.Problem is { } problem
                ? Task.FromException<string>(new QueueFullException(problem))
                : writer.CommitAsync(envelope, timestamp, fingerprint, cancellationToken);

        public override ValueTask DisposeAsync() => writer.DisposeAsync();
    }
}
