using System.Runtime.CompilerServices;
using StackExchange.Redis;

namespace Slimta.Storage.Redis;

/// <summary>
/// Goes through a sorted set by score, a page at a time: the next page starts at the last score seen, past the ids already seen at
/// it. Paging by rank alone would miss entries while others are removed before them.
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
        var (page, more) = await FromAsync(from, cancellationToken);
        while (true)
        {
            List<SortedSetEntry> fresh = [.. page.Where(entry => seen.Add(entry.Element!))];
            if (fresh.Count > 0)
                yield return fresh;
            if (!more)
                yield break;
            // The ones seen at the last score come again unless they have gone: so ask from the score on, and leave them out here.
            var last = page[^1];
            if (last.Score > from)
                (page, more) = await FromAsync(from = last.Score, cancellationToken);
            else
                (page, more) = await EntriesAfter.ReadAsync(server, "load", set, new(false, last.Score, last.Element!), size, cancellationToken);
        }
    }

    private async Task<(SortedSetEntry[] Page, bool More)> FromAsync(double score, CancellationToken cancellationToken)
    {
        var page = await server.ReadAsync("load", (set, score, size), static (database, p) =>
            database.SortedSetRangeByScoreWithScoresAsync(p.set, p.score, double.PositiveInfinity, take: p.size), cancellationToken);
        return (page, page.Length == size);
    }
}
