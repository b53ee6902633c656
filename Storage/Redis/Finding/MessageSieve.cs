using StackExchange.Redis;

namespace Slimta.Storage.Redis;

/// <summary>Rules out messages by their stored text, so that a rare filter need not parse every message.</summary>
internal sealed class MessageSieve(QueueServer server)
{
    private const int AtOnce = 500;

    /// <summary>Those in the queue that may match, in the order given.</summary>
    public async Task<IReadOnlyList<(Partition Partition, SortedSetEntry Entry)>> SiftAsync(
        SieveWords words, IReadOnlyList<(Partition Partition, SortedSetEntry Entry)> entries, CancellationToken cancellationToken)
    {
        if (words.SiftMetadata)
            entries = await SiftAsync(entries, (database, partition, id) => MayAsync(database.HashGetLeaseAsync(partition.Message(id!), "meta"), words.MayStandIn), cancellationToken);
        if (words.SiftAttempts)
            entries = await SiftAsync(entries, (database, partition, id) => MayAsync(LastAsync(database, partition.Attempts(id!)), words.MayStandInAttempt), cancellationToken);
        return entries;
    }

    /// <summary>The same of history.</summary>
    public async Task<IReadOnlyList<(Partition Partition, SortedSetEntry Entry)>> SiftEndedAsync(
        SieveWords words, IReadOnlyList<(Partition Partition, SortedSetEntry Entry)> entries, CancellationToken cancellationToken) => words.SiftMetadata
            ? await SiftAsync(entries, (database, partition, id) => MayAsync(database.HashGetLeaseAsync(partition.History, id), words.MayStandIn), cancellationToken)
            : entries;

    private async Task<IReadOnlyList<(Partition Partition, SortedSetEntry Entry)>> SiftAsync(
        IReadOnlyList<(Partition Partition, SortedSetEntry Entry)> entries, Func<IDatabase, Partition, RedisValue, Task<bool>> may, CancellationToken cancellationToken)
    {
        var left = new List<(Partition, SortedSetEntry)>();
        foreach (var some in entries.Chunk(AtOnce))
        {
            var mays = await server.ReadAsync("find", (some, may), static (database, p) =>
                Task.WhenAll(p.some.Select(e => p.may(database, e.Partition, e.Entry.Element))), cancellationToken);
            left.AddRange(some.Where((_, place) => mays[place]));
        }
        return left;
    }

    /// <summary>Nothing matches what is not there, or is another program's.</summary>
    private static async Task<bool> MayAsync(Task<Lease<byte>?> reading, Func<ReadOnlySpan<byte>, bool> may)
    {
        try
        {
            using var text = await reading;
            return text is not null && may(text.Span);
        }
        catch (RedisServerException other) when (RedisErrors.IsWrongType(other))
        {
            return false;
        }
    }

    private static async Task<Lease<byte>?> LastAsync(IDatabase database, RedisKey attempts)
    {
        if (await database.ListRangeAsync(attempts, -1, -1) is not [var last])
            return null;
        var text = (ReadOnlyMemory<byte>)last;
        var lease = Lease<byte>.Create(text.Length, clear: false);
        text.Span.CopyTo(lease.Span);
        return lease;
    }
}
