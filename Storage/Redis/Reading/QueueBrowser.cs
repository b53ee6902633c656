using System.Runtime.CompilerServices;
using StackExchange.Redis;

namespace Slimta.Storage.Redis;

/// <summary>Lists messages with their metadata, in order of time over all partitions.</summary>
internal sealed class QueueBrowser(QueueServer server, int page)
{
    private const long LastSeen = 7_258_118_400_000_000;

    public IAsyncEnumerable<QueueListing> ScheduledAsync(CancellationToken cancellationToken) =>
        MergeAsync(p => p.Schedule, held: false, cancellationToken);

    public IAsyncEnumerable<QueueListing> HeldAsync(CancellationToken cancellationToken) =>
        MergeAsync(p => p.Held, held: true, cancellationToken);

    /// <summary>One message, or null if there is none.</summary>
    public async Task<QueueListing?> FindAsync(Partition partition, string id, CancellationToken cancellationToken, bool withErrors = false)
    {
        var (scheduled, held) = await server.ReadAsync("inspect", (partition, id), static async (database, m) =>
        {
            var scheduled = database.SortedSetScoreAsync(m.partition.Schedule, m.id);
            var held = database.SortedSetScoreAsync(m.partition.Held, m.id);
            return (await scheduled, await held);
        }, cancellationToken);
        return (scheduled ?? held) is { } score
            ? (await DescribeAsync(partition, [new(id, score)], held: scheduled is null, static _ => true, cancellationToken, withErrors))[0]
            : null;
    }

    /// <summary>The partitions' own orders merged into one, reading a page ahead in each.</summary>
    private async IAsyncEnumerable<QueueListing> MergeAsync(
        Func<Partition, RedisKey> set, bool held, [EnumeratorCancellation] CancellationToken cancellationToken = default)
    {
        var heads = new PriorityQueue<IAsyncEnumerator<QueueListing>, DateTimeOffset>();
        var open = new List<IAsyncEnumerator<QueueListing>>();
        try
        {
            foreach (var partition in server.Partitions)
            {
                var listings = OfAsync(partition, set(partition), held, cancellationToken).GetAsyncEnumerator(cancellationToken);
                open.Add(listings);
                if (await listings.MoveNextAsync())
                    heads.Enqueue(listings, listings.Current.Timestamp);
            }
            while (heads.TryDequeue(out var earliest, out _))
            {
                yield return earliest.Current;
                if (await earliest.MoveNextAsync())
                    heads.Enqueue(earliest, earliest.Current.Timestamp);
            }
        }
        finally
        {
            foreach (var listings in open)
                await listings.DisposeAsync();
        }
    }

    private async IAsyncEnumerable<QueueListing> OfAsync(
        Partition partition, RedisKey set, bool held, [EnumeratorCancellation] CancellationToken cancellationToken = default)
    {
        await foreach (var entries in new SchedulePages(server, set, page).ReadPagesAsync(cancellationToken))
        {
            foreach (var listing in await DescribeAsync(partition, entries, held, cancellationToken))
                yield return listing;
        }
    }

    private Task<QueueListing[]> DescribeAsync(Partition partition, IReadOnlyList<SortedSetEntry> entries, bool held, CancellationToken cancellationToken) =>
        DescribeAsync(partition, entries, held, static _ => true, cancellationToken);

    /// <summary>Reads the metadata only of messages in a wanted state.</summary>
    public Task<QueueListing[]> DescribeAsync(
        Partition partition, IReadOnlyList<SortedSetEntry> entries, bool held, Func<MessageState, bool> wanted, CancellationToken cancellationToken,
        bool withErrors = false) =>
        server.ReadAsync("browse", (partition, entries, held, wanted, withErrors), static async (database, p) =>
        {
            // Everything is asked for before the first answer is awaited.
            RedisValue[] ids = [.. p.entries.Select(e => e.Element)];
            var now = database.ExecuteAsync("TIME");
            var known = database.HashGetAsync(p.partition.State, ["seen", "offset", "latest"]);
            var notes = database.HashGetAsync(p.held ? p.partition.Reasons : p.partition.Leases, ids);
            var serverNow = QueueTime(Clock((RedisValue[])(await now)!), await known);
            var values = await notes;
            return await Task.WhenAll(p.entries.Select(async (entry, i) =>
            {
                var owner = p.held ? null : ((string?)values[i])?.Split('|', 3) is [_, _, var holder] ? holder : null;
                var state = p.held ? MessageState.Held
                    : entry.Score <= serverNow ? MessageState.Due
                    : string.IsNullOrEmpty(owner) ? MessageState.Scheduled : MessageState.Leased;
                var (message, problem) = p.wanted(state) ? await DescribeAsync(database, p.partition, entry.Element!, p.withErrors) : default;
                return new QueueListing(entry.Element!, state, Microseconds.ToTime(entry.Score), message,
                    HoldReason: p.held ? (string?)values[i] : null, LeaseOwner: state == MessageState.Leased ? QueueServer.NameOf(owner!) : null, problem);
            }));
        }, cancellationToken);

    /// <summary>The queue's time in its first partition, in microseconds since 1970.</summary>
    public Task<long> NowAsync(CancellationToken cancellationToken) =>
        server.ReadAsync("browse", server.Partitions[0], static async (database, partition) =>
        {
            var now = database.ExecuteAsync("TIME");
            var known = await database.HashGetAsync(partition.State, ["seen", "offset", "latest"]);
            return QueueTime(Clock((RedisValue[])(await now)!), known);
        }, cancellationToken);

    private static long Clock(RedisValue[] time) => ((long)time[0] * 1_000_000) + (long)time[1];

    /// <summary>As time.lua reckons.</summary>
    /// <param name="known">Of the partition's state: seen, offset, latest.</param>
    private static long QueueTime(long clock, RedisValue[] known)
    {
        var seen = Math.Max(SeenTime(known[0]), SeenTime(known[2]));
        return clock >= seen ? clock : Math.Max(seen, clock + Number(known[1]));
    }

    private static long SeenTime(RedisValue value) => Number(value) is var seen and <= LastSeen ? seen : 0;

    private static long Number(RedisValue value) => value.TryParse(out long number) && number is >= 0 and <= Microseconds.Last ? number : 0;

    private static async Task<(MessageMetadata? Message, string? Problem)> DescribeAsync(IDatabase database, Partition partition, string id, bool withErrors)
    {
        try
        {
            var message = await MessageReader.ReadMetadataAsync(database, partition, id, withErrors);
            return (message, message is null ? "The message has no content: it was being removed, or a crash cut it short." : null);
        }
        catch (QueueFormatException unreadable)
        {
            return (null, unreadable.Message);
        }
        catch (RedisServerException refused) when (RedisErrors.IsWrongType(refused))
        {
            return (null, "The message's key belongs to another program: it has another type.");
        }
        catch (Exception unreadable) when (!RedisErrors.IsOurs(unreadable) && unreadable is not OutOfMemoryException)
        {
            return (null, $"The message cannot be read: {unreadable.GetType().Name}: {unreadable.Message}");
        }
    }
}
