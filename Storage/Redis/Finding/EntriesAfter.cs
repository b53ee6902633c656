using StackExchange.Redis;

namespace Slimta.Storage.Redis;

/// <summary>
/// The entries of a sorted set after a position. No read steps over others: many messages may have one time, and the server would count
/// through all of them.
/// </summary>
internal static class EntriesAfter
{
    /// <summary>Looks that find the set changed meanwhile, before what was found is taken.</summary>
    private const int Tries = 5;

    /// <summary>Some of those after the position, <paramref name="size"/> at most, and whether there may be more.</summary>
    public static async Task<(SortedSetEntry[] Entries, bool More)> ReadAsync(
        QueueServer server, string operation, RedisKey key, FindPosition position, int size, CancellationToken cancellationToken)
    {
        var rank = await server.ReadAsync(operation, (key, position.Id), static (database, p) => database.SortedSetRankAsync(p.key, p.Id), cancellationToken);
        // It stands there yet, with its score: what follows it does so in the set.
        if (rank is { } at && await RangeAsync(at, at + size) is [var first, .. var rest] && first.Element == position.Id && first.Score == position.Score)
            return (rest, rest.Length == size);
        for (var tried = 0; ; tried++)
        {
            var next = await SearchAsync();
            var before = Math.Max(0, next - 1);
            var entries = await RangeAsync(before, next + size - 1);
            var after = Array.FindAll(entries, position.IsBefore);
            var more = entries.Length == next + size - before;
            // The one before is after the position: some that stood before it have gone, and others may have slipped away with it.
            var slipped = next > 0 && entries.Length > 0 && position.IsBefore(entries[0]);
            if (tried == Tries || !(slipped || (after.Length == 0 && more)))
                return (after.Length > size ? after[..size] : after, after.Length > 0 && more);
        }

        Task<SortedSetEntry[]> RangeAsync(long from, long to) => server.ReadAsync(operation, (key, from, to), static (database, p) =>
            database.SortedSetRangeByRankWithScoresAsync(p.key, p.from, p.to), cancellationToken);

        // The rank of the first after the position, found by halves among those of its score.
        async Task<long> SearchAsync()
        {
            var (low, high) = await server.ReadAsync(operation, (key, position.Score), static async (database, p) =>
            {
                var below = database.SortedSetLengthAsync(p.key, double.NegativeInfinity, p.Score, Exclude.Stop);
                var upTo = database.SortedSetLengthAsync(p.key, double.NegativeInfinity, p.Score);
                return (await below, await upTo);
            }, cancellationToken);
            while (low < high)
            {
                var middle = low + (high - low) / 2;
                if (await RangeAsync(middle, middle) is [var entry] && !position.IsBefore(entry))
                    low = middle + 1;
                else
                    high = middle;
            }
            return low;
        }
    }
}
