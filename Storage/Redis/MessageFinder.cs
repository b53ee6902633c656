using System.Globalization;
using StackExchange.Redis;

namespace Slimta.Storage.Redis;

/// <summary>Walks over all messages and gives those that match; a call looks at so many and no more.</summary>
internal sealed class MessageFinder(QueueServer server)
{
    private const int MostExamined = 5000;
    private const int Described = 250;

    /// <summary>Servers of a cluster have clocks that differ.</summary>
    private static readonly long Slack = Microseconds.Of(TimeSpan.FromMinutes(1));

    private readonly QueueBrowser _browser = new(server, Described);
    private readonly IndexReader _index = new(server);

    /// <param name="states">In which a message is looked at.</param>
    /// <param name="query">What the cursor is bound to, beside the filter.</param>
    public async Task<MessagePage> FindAsync(
        MessageFilter filter, IReadOnlyList<MessageState> states, int limit, string? cursor, string query, CancellationToken cancellationToken)
    {
        query = string.Create(CultureInfo.InvariantCulture, $"{filter} {filter.Sender is null} {query}");
        var scheduled = states.Any(state => state != MessageState.Held);
        var position = cursor is null ? FindPosition.Start(held: !scheduled) : FindPosition.Parse(cursor, query);
        await server.ReadyAsync(cancellationToken);
        if (filter.Id is { } id)
            return new(await OneAsync(id, filter, states, cancellationToken), null);
        var now = await _browser.NowAsync(cancellationToken);
        var found = new List<QueueListing>();
        for (var examined = 0; examined < MostExamined;)
        {
            var (from, until) = Bounds(position, states, now);
            var (entries, more) = await _index.ReadAsync(from, until, cancellationToken);
            foreach (var some in entries.Chunk(Math.Clamp(limit, 1, Described)))
            {
                foreach (var listing in await DescribeAsync(some, position.Held, states, filter.LastError is not null, cancellationToken))
                {
                    position = position with { Score = listing.Entry.Score, Id = listing.Entry.Element! };
                    examined++;
                    if (listing.Listing is not { } message || !filter.Matches(message.Message, Microseconds.ToTime(now)))
                        continue;
                    found.Add(message);
                    if (found.Count == limit)
                        return new(found, position.ToCursor(query));
                }
                if (examined >= MostExamined)
                    return new(found, position.ToCursor(query));
            }
            if (more)
                continue;
            if (position.Held || !states.Contains(MessageState.Held))
                return new(found, null);
            position = FindPosition.Start(held: true);
        }
        return new(found, position.ToCursor(query));
    }

    private async Task<IReadOnlyList<QueueListing>> OneAsync(
        string id, MessageFilter filter, IReadOnlyList<MessageState> states, CancellationToken cancellationToken)
    {
        if (Partition.IndexOf(id) is null || await _browser.FindAsync(server.PartitionOf(id), id, cancellationToken, filter.LastError is not null) is not { } listing)
            return [];
        var now = Microseconds.ToTime(await _browser.NowAsync(cancellationToken));
        return states.Contains(listing.State) && filter.Matches(listing.Message, now) ? [listing] : [];
    }

    /// <summary>Where in the schedule the states can be.</summary>
    private static (FindPosition From, double Until) Bounds(FindPosition position, IReadOnlyList<MessageState> states, long now)
    {
        if (position.Held)
            return (position, double.PositiveInfinity);
        double until = states.Contains(MessageState.Scheduled) ? double.PositiveInfinity
            : states.Contains(MessageState.Leased) ? now + Microseconds.Of(QueueOptions.LongestLease) + Slack
            : now + Slack;
        return (!states.Contains(MessageState.Due) && position.Score < now - Slack ? new(false, now - Slack, "") : position, until);
    }

    /// <summary>In the order given; null for one in another state.</summary>
    private async Task<IEnumerable<(SortedSetEntry Entry, QueueListing? Listing)>> DescribeAsync(
        (Partition Partition, SortedSetEntry Entry)[] entries, bool held, IReadOnlyList<MessageState> states, bool withErrors,
        CancellationToken cancellationToken)
    {
        var listings = await Task.WhenAll(entries.GroupBy(e => e.Partition).Select(group =>
            _browser.DescribeAsync(group.Key, [.. group.Select(e => e.Entry)], held, states.Contains, cancellationToken, withErrors)));
        var byId = listings.SelectMany(some => some).GroupBy(listing => listing.Id).ToDictionary(group => group.Key, group => group.First());
        return entries.Select(e => (e.Entry, byId[e.Entry.Element!] is var listing && states.Contains(listing.State) ? listing : null));
    }
}
