using StackExchange.Redis;

namespace Slimta.Storage.Redis;

/// <summary>Reads the indexes of all partitions as one, in order, a slice at a time.</summary>
/// <param name="index">Another index than the schedule and the held messages, which positions tell apart.</param>
internal sealed class IndexReader(QueueServer server, Func<Partition, RedisKey>? index = null)
{
    // A read holds the server for half a millisecond.
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
        var (entries, more) = from.Id.StartsWith(prefix, StringComparison.Ordinal)
            ? await EntriesAfter.ReadAsync(server, "find", key, from, size, cancellationToken)
            : await ByScoreAsync(key, from, until, from.Id.Length > 0 && string.CompareOrdinal(prefix, from.Id) < 0 ? Exclude.Start : Exclude.None, size, cancellationToken);
        return (Array.FindAll(entries, entry => entry.Score <= until), more && entries[^1].Score <= until);
    }

    private async Task<(SortedSetEntry[] Entries, bool More)> ByScoreAsync(
        RedisKey key, FindPosition from, double until, Exclude exclude, int size, CancellationToken cancellationToken)
    {
        var entries = await server.ReadAsync("find", (key, from.Score, until, exclude, size), static (database, p) =>
            database.SortedSetRangeByScoreWithScoresAsync(p.key, p.Score, p.until, p.exclude, Order.Ascending, 0, p.size), cancellationToken);
        // Others are no ids of messages.
        return Array.TrueForAll(entries, from.IsBefore) ? (entries, entries.Length == size) : await EntriesAfter.ReadAsync(server, "find", key, from, size, cancellationToken);
    }
}
