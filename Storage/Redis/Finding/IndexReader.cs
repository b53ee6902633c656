using StackExchange.Redis;

namespace Slimta.Storage.Redis;

/// <summary>Reads the indexes of all partitions as one, in order, a slice at a time.</summary>
/// <param name="index">Another index than the schedule and the held messages, which positions tell apart.</param>
internal sealed class IndexReader(QueueServer server, Func<Partition, RedisKey>? index = null)
{
    // Holds the server for half a millisecond.
    private const int SliceEntries = 250;
    private const int LeastEntries = 50;

    /// <summary>The next entries after a position, none of which can have others before it, and whether there are more.</summary>
    public async Task<(IReadOnlyList<(Partition Partition, SortedSetEntry Entry)> Entries, bool More)> ReadAsync(
        FindPosition from, double until, CancellationToken cancellationToken)
    {
        var partitions = server.Partitions;
        var size = Math.Max(LeastEntries, SliceEntries / partitions.Count);
        var pages = await Task.WhenAll(partitions.Select(async partition =>
        {
            var (entries, more) = await AfterAsync(partition, from, until, size, cancellationToken);
            return (Entries: entries.Select(entry => (Partition: partition, Entry: entry)), Last: more ? entries[^1] : (SortedSetEntry?)null);
        }));
        var all = pages.SelectMany(page => page.Entries)
            .OrderBy(e => e.Entry.Score).ThenBy(e => (string)e.Entry.Element!, StringComparer.Ordinal).ToList();
        // Where a partition has more, they come after its last; what others have beyond that waits for them.
        foreach (var last in pages.Select(page => page.Last).OfType<SortedSetEntry>())
        {
            var end = new FindPosition(from.Held, last.Score, last.Element!);
            all.RemoveAll(e => end.IsBefore(e.Entry));
        }
        return (all, Array.Exists(pages, page => page.Last is not null));
    }

    private async Task<(SortedSetEntry[] Entries, bool More)> AfterAsync(
        Partition partition, FindPosition from, double until, int size, CancellationToken cancellationToken)
    {
        var key = index?.Invoke(partition) ?? (from.Held ? partition.Held : partition.Schedule);
        // Ids start with their partition: of those of one time, a whole partition's come before or after another's.
        var prefix = $"{partition.Index}-";
        var same = from.Id.StartsWith(prefix, StringComparison.Ordinal);
        if (same && await ByRankAsync(key, from, size, cancellationToken) is { } entries)
            return (Array.FindAll(entries, entry => entry.Score <= until), entries.Length == size && entries[^1].Score <= until);
        var exclude = !same && from.Id.Length > 0 && string.CompareOrdinal(prefix, from.Id) < 0 ? Exclude.Start : Exclude.None;
        for (var skip = 0; ; skip += size)
        {
            var page = await server.ReadAsync("find", (key, from.Score, until, exclude, skip, size), static (database, p) =>
                database.SortedSetRangeByScoreWithScoresAsync(p.key, p.Score, p.until, p.exclude, Order.Ascending, p.skip, p.size), cancellationToken);
            var after = Array.FindAll(page, from.IsBefore);
            // Behind one that has gone there may be many of its time to step over.
            if (after.Length > 0 || page.Length < size)
                return (after, page.Length == size);
        }
    }

    /// <summary>The entries after this one, in one read; null if it is gone.</summary>
    private async Task<SortedSetEntry[]?> ByRankAsync(RedisKey key, FindPosition from, int size, CancellationToken cancellationToken)
    {
        var rank = await server.ReadAsync("find", (key, from.Id), static (database, p) => database.SortedSetRankAsync(p.key, p.Id), cancellationToken);
        if (rank is null)
            return null;
        var entries = await server.ReadAsync("find", (key, Rank: rank.Value, size), static (database, p) =>
            database.SortedSetRangeByRankWithScoresAsync(p.key, p.Rank, p.Rank + p.size), cancellationToken);
        return entries.Length > 0 && entries[0].Element == from.Id && entries[0].Score == from.Score ? entries[1..] : null;
    }
}
