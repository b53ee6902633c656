using System.Runtime.CompilerServices;
using StackExchange.Redis;

namespace Slimta.Storage.Redis;

/// <summary>
/// Goes through a sorted set by score, a page at a time: the next page starts at the last score seen, past the ids already seen at
/// it. Paging by rank would miss entries while others are removed before them.
/// </summary>
internal sealed class SchedulePages(QueueServer server, RedisKey set, int size)
{
    public async IAsyncEnumerable<SortedSetEntry> ReadAsync([EnumeratorCancellation] CancellationToken cancellationToken = default)
    {
        await foreach (var page in ReadPagesAsync(cancellationToken))
        {
            foreach (var entry in page)
                yield return entry;
        }
    }

    public async IAsyncEnumerable<IReadOnlyList<SortedSetEntry>> ReadPagesAsync([EnumeratorCancellation] CancellationToken cancellationToken = default)
    {
        var from = double.NegativeInfinity;
        // A message that was rescheduled meanwhile comes up again further on; it is listed once.
        var seen = new HashSet<string>();
        while (true)
        {
            // The ones seen at the last score come again unless they have gone: so ask from the score on, and leave them out here.
            var page = await PageAsync(from, skip: 0, cancellationToken);
            var skip = 0;
            while (page.Length == size && (double)page[^1].Score == from)
            {
                // More entries of one score than a page has.
                Take(page, seen, out var more);
                if (more.Count > 0)
                    yield return more;
                skip += size;
                page = await PageAsync(from, skip, cancellationToken);
            }
            Take(page, seen, out var fresh);
            if (fresh.Count > 0)
                yield return fresh;
            if (page.Length < size)
                yield break;
            from = page[^1].Score;
        }
    }

    private static void Take(SortedSetEntry[] page, HashSet<string> seen, out List<SortedSetEntry> fresh) =>
        fresh = [.. page.Where(entry => seen.Add(entry.Element!))];

    private Task<SortedSetEntry[]> PageAsync(double from, int skip, CancellationToken cancellationToken) =>
        server.ReadAsync("load", (set, from, skip, size), static (database, p) =>
            database.SortedSetRangeByScoreWithScoresAsync(p.set, p.from, double.PositiveInfinity, skip: p.skip, take: p.size), cancellationToken);
}
