using StackExchange.Redis;

namespace Slimta.Storage.Redis;

/// <summary>
/// Counts the messages that wait for each destination. Up to a limit all are counted; of more, a sample of that size is read, in slices spread
/// over the whole queue, and the counts are estimated from it. Each slice begins at a random place in its stretch: otherwise mail that comes in
/// turns would show only some destinations.
/// </summary>
internal sealed class DestinationTally(QueueServer server)
{
    private const int Page = 1000;
    private const int Slice = 100;
    private const int LeastSlices = 10;
    private const int AtOnce = 16;

    private readonly QueueBrowser _browser = new(server, Slice);
    private readonly Dictionary<string, Sum> _sums = new(StringComparer.Ordinal);

    public async Task<QueueOverview> RunAsync(int most, CancellationToken cancellationToken)
    {
        await server.ReadyAsync(cancellationToken);
        var indexes = (await Task.WhenAll(server.Partitions.SelectMany(partition => (Task<Index>[])
            [SizeAsync(partition, held: false, cancellationToken), SizeAsync(partition, held: true, cancellationToken)]))).Where(index => index.Entries > 0).ToList();
        var total = indexes.Sum(index => index.Entries);
        var examined = total <= most ? await CountAsync(cancellationToken) : 0;
        foreach (var index in total <= most ? [] : indexes)
        {
            var listings = await SpreadAsync(index, Math.Max(1, (int)((double)most * index.Entries / total)), cancellationToken);
            foreach (var listing in listings)
                Add(listing, (double)index.Entries / listings.Count);
            examined += listings.Count;
        }
        var destinations = _sums.Select(pair => pair.Value.ToCounts(pair.Key)).OrderByDescending(d => d.Messages).ThenBy(d => d.Domain, StringComparer.Ordinal).ToArray();
        foreach (var some in Enumerable.Range(0, Math.Min(destinations.Length, DestinationCounts.MostWithErrors)).Where(i => _sums[destinations[i].Domain].Tried is not null).Chunk(Slice))
        {
            var errors = await server.ReadAsync("overview", (Tally: this, Domains: some.Select(i => destinations[i].Domain)), static (database, p) =>
                Task.WhenAll(p.Domains.Select(domain => p.Tally.LastErrorAsync(database, domain))), cancellationToken);
            foreach (var (i, error) in some.Zip(errors))
                destinations[i] = destinations[i] with { LastError = error };
        }
        return new(destinations, examined, total <= most);
    }

    private Task<string?> LastErrorAsync(IDatabaseAsync database, string domain) =>
        _sums[domain].Tried is var (id, message) ? MessageReader.LastErrorAsync(database, server.PartitionOf(id), id, message, domain) : Task.FromResult<string?>(null);

    /// <summary>A message that is there all the time and does not move counts once.</summary>
    private async Task<int> CountAsync(CancellationToken cancellationToken)
    {
        var (finder, examined, cursor) = (new MessageFinder(server), 0, (string?)null);
        do
        {
            var page = await finder.FindAsync(new(), Enum.GetValues<MessageState>(), Page, cursor, "", cancellationToken);
            foreach (var listing in page.Messages)
                Add(listing, 1);
            (examined, cursor) = (examined + page.Messages.Count, page.Cursor);
        }
        while (cursor is not null);
        return examined;
    }

    private async Task<IReadOnlyList<QueueListing>> SpreadAsync(Index index, int share, CancellationToken cancellationToken)
    {
        var (listings, size) = (new List<QueueListing>(share), Math.Clamp(share / LeastSlices, 1, Slice));
        foreach (var some in Ranks(index.Entries, share / size, size).Chunk(AtOnce))
            listings.AddRange((await Task.WhenAll(some.Select(rank => SliceAsync(index, rank, size, cancellationToken)))).SelectMany(slice => slice));
        return listings;
    }

    private Task<Index> SizeAsync(Partition partition, bool held, CancellationToken cancellationToken) =>
        server.ReadAsync("overview", (partition, held), static async (database, p) =>
            new Index(p.partition, p.held, await database.SortedSetLengthAsync(p.held ? p.partition.Held : p.partition.Schedule)), cancellationToken);

    private static IEnumerable<long> Ranks(long entries, int slices, int size)
    {
        for (var i = 0; i < slices; i++)
        {
            var (begin, end) = (entries * i / slices, entries * (i + 1) / slices);
            yield return begin + Random.Shared.NextInt64(Math.Max(1, end - begin - size + 1));
        }
    }

    private async Task<IReadOnlyList<QueueListing>> SliceAsync(Index index, long rank, int size, CancellationToken cancellationToken)
    {
        var entries = await server.ReadAsync("overview", (index, rank, size), static (database, p) => database.SortedSetRangeByRankWithScoresAsync(
            p.index.Held ? p.index.Partition.Held : p.index.Partition.Schedule, p.rank, p.rank + p.size - 1), cancellationToken);
        return entries.Length == 0 ? [] : await _browser.DescribeAsync(index.Partition, entries, index.Held, static _ => true, cancellationToken);
    }

    private void Add(QueueListing listing, double weight)
    {
        foreach (var domain in listing.Message?.Pending.Select(r => MessageFilter.DomainOf(r.Address)).Distinct() ?? [])
        {
            if (!_sums.TryGetValue(domain, out var sum))
                _sums[domain] = sum = new();
            sum.Add(listing, weight);
        }
    }

    private sealed record Index(Partition Partition, bool Held, long Entries);

    private sealed class Sum
    {
        private readonly double[] _states = new double[Enum.GetValues<MessageState>().Length];
        private double _bytes;
        private DateTimeOffset _oldest = DateTimeOffset.MaxValue;

        /// <summary>The message that was tried most, if any was.</summary>
        public (string Id, MessageMetadata Message)? Tried { get; private set; }

        public void Add(QueueListing listing, double weight)
        {
            var message = listing.Message!;
            _states[(int)listing.State] += weight;
            if (message.Attempts > (Tried?.Message.Attempts ?? 0))
                Tried = (listing.Id, message);
            _bytes += weight * message.Size;
            _oldest = message.Received < _oldest ? message.Received : _oldest;
        }

        public DestinationCounts ToCounts(string domain) =>
            new(domain, Of(MessageState.Due), Of(MessageState.Scheduled), Of(MessageState.Leased), Of(MessageState.Held), (long)Math.Round(_bytes), _oldest);

        private long Of(MessageState state) => (long)Math.Round(_states[(int)state]);
    }
}
