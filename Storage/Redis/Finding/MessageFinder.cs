using System.Globalization;
using StackExchange.Redis;

namespace Slimta.Storage.Redis;

/// <summary>Walks over all messages and gives those that match; one call examines a limited number.</summary>
internal sealed class MessageFinder(QueueServer server)
{
    private const int LeastExamined = 5000;
    private const int MostExamined = 15_000;
    private const int MostDescribed = 5000;
    private const int Described = 250;
    private static readonly TimeSpan LongEnough = TimeSpan.FromMilliseconds(150);

    /// <summary>Servers of a cluster have clocks that differ.</summary>
    private static readonly long Slack = Microseconds.Of(TimeSpan.FromMinutes(1));

    private readonly QueueBrowser _browser = new(server, Described);
    private readonly IndexReader _index = new(server);
    private readonly MessageSieve _sieve = new(server);

    /// <param name="states">The states in which a message is examined.</param>
    /// <param name="query">Text that the cursor is bound to, beside the filter.</param>
    public async Task<MessagePage> FindAsync(
        MessageFilter filter, IReadOnlyList<MessageState> states, int limit, string? cursor, string query, CancellationToken cancellationToken)
    {
        query = string.Create(CultureInfo.InvariantCulture, $"{Text(filter)} {filter.Sender is null} {query}");
        var scheduled = states.Any(state => state != MessageState.Held);
        var position = cursor is null ? FindPosition.Start(held: !scheduled) : FindPosition.Parse(cursor, query);
        await server.ReadyAsync(cancellationToken);
        if (filter.Id is { } id)
            return new(await OneAsync(id, filter, states, cancellationToken), null, 1);
        var now = await _browser.NowAsync(cancellationToken);
        var words = new SieveWords(filter);
        var found = new List<QueueListing>();
        var (examined, described, began) = (0, 0, server.Time.GetTimestamp());
        while (described < MostDescribed && GoesOn(examined, began, server.Time))
        {
            var (from, until) = Bounds(position, states, now);
            var (entries, more) = await _index.ReadAsync(from, until, cancellationToken);
            var left = await _sieve.SiftAsync(words, entries, cancellationToken);
            MessagePage PageUpTo(SortedSetEntry last) => new(found, position.At(last).ToCursor(query), examined + entries.Count(e => !position.At(last).IsBefore(e.Entry)));
            foreach (var some in left.Chunk(Math.Clamp(limit, 1, Described)))
            {
                foreach (var (entry, listing) in await DescribeAsync(some, position.Held, states, filter.LastError is not null, cancellationToken))
                {
                    described++;
                    if (listing is null || !filter.Matches(listing.Message, Microseconds.ToTime(now)))
                        continue;
                    found.Add(listing);
                    if (found.Count == limit)
                        return PageUpTo(entry);
                }
                if (described >= MostDescribed)
                    return PageUpTo(some[^1].Entry);
            }
            examined += entries.Count;
            if (entries.Count > 0)
                position = position.At(entries[^1].Entry);
            if (more)
                continue;
            if (position.Held || !states.Contains(MessageState.Held))
                return new(found, null, examined);
            position = FindPosition.Start(held: true);
        }
        return new(found, position.ToCursor(query), examined);
    }

    /// <summary>As the version before has it, where it says the same: a job goes on at an edge of either.</summary>
    private static string Text(MessageFilter filter) => $"{filter}".Replace($", {nameof(MessageFilter.RecipientState)} = {default(RecipientState)}", "", StringComparison.Ordinal);

    /// <summary>The same page, with the errors of the last attempts: read for the messages that were found, not for all that were examined.</summary>
    public async Task<MessagePage> WithErrorsAsync(MessagePage page, CancellationToken cancellationToken)
    {
        var tried = page.Messages.Where(listing => listing.Message is { Attempts: > 0, LastErrors.Count: 0 }).ToList();
        var told = new Dictionary<string, MessageMetadata>(StringComparer.Ordinal);
        foreach (var some in tried.Chunk(Described))
        {
            foreach (var (id, message) in await Task.WhenAll(some.Select(listing => server.ReadAsync("find", (Partition: server.PartitionOf(listing.Id), Listing: listing),
                static async (database, one) => (one.Listing.Id, await MessageReader.WithErrorsAsync(database, one.Partition, one.Listing.Id, one.Listing.Message!)), cancellationToken))))
                told[id] = message;
        }
        return told.Count == 0 ? page : page with { Messages = [.. page.Messages.Select(listing => told.TryGetValue(listing.Id, out var message) ? listing with { Message = message } : listing)] };
    }

    /// <summary>A person waits for the page: after a while it is given as it is, however slow the machine.</summary>
    internal static bool GoesOn(int examined, long began, TimeProvider time) =>
        examined < LeastExamined || (examined < MostExamined && time.GetElapsedTime(began) < LongEnough);

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
