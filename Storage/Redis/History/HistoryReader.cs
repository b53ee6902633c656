using System.Globalization;

namespace Slimta.Storage.Redis;

/// <summary>Walks over ended messages, the newest first, and gives those that match; one call examines a limited number.</summary>
internal sealed class HistoryReader(QueueServer server)
{
    private const int MostRead = 5000;
    private const int ReadAtOnce = 250;

    private readonly QueueBrowser _browser = new(server, ReadAtOnce);
    private readonly IndexReader _index = new(server, static partition => partition.Ended);
    private readonly MessageSieve _sieve = new(server);

    public async Task<HistoryPage> FindAsync(HistoryFilter filter, int limit, string? cursor, CancellationToken cancellationToken)
    {
        var query = string.Create(CultureInfo.InvariantCulture, $"history {filter} {filter.Sender is null}");
        var position = cursor is null ? FindPosition.Start(held: false) : FindPosition.Parse(cursor, query);
        await server.ReadyAsync(cancellationToken);
        var now = await _browser.NowAsync(cancellationToken);
        if (filter.Id is { } id)
            return new(await OneAsync(id, cancellationToken) is { } one && IsOfAge(one, filter, now) && filter.Matches(one) ? [one] : [], null);

        // Scores are negative: what ended last comes first.
        if (filter.OlderThan is { } older && position.Score < -TimeBefore(now, older))
            position = new(false, -TimeBefore(now, older), "");
        var oldest = filter.YoungerThan is { } younger ? Math.Max(TimeBefore(now, younger) + 1, OldestKept(now)) : OldestKept(now);
        var words = new SieveWords(filter);
        var found = new List<EndedMessage>();
        var (examined, read, began) = (0, 0, server.Time.GetTimestamp());
        while (read < MostRead && MessageFinder.GoesOn(examined, began, server.Time))
        {
            var (entries, more) = await _index.ReadAsync(position, -oldest, cancellationToken);
            foreach (var some in (await _sieve.SiftEndedAsync(words, entries, cancellationToken)).Chunk(Math.Clamp(limit, 1, ReadAtOnce)))
            {
                var records = await ReadAsync([.. some.Select(e => (e.Partition, (string)e.Entry.Element!, (double)e.Entry.Score))], cancellationToken);
                read += some.Length;
                for (var i = 0; i < some.Length; i++)
                {
                    if (records[i] is not { } ended || !filter.Matches(ended))
                        continue;
                    found.Add(ended);
                    if (found.Count == limit)
                        return new(found, position.At(some[i].Entry).ToCursor(query));
                }
            }
            if (!more)
                return new(found, null);
            examined += entries.Count;
            position = position.At(entries[^1].Entry);
        }
        return new(found, position.ToCursor(query));
    }

    /// <summary>Null if there is none.</summary>
    public async Task<EndedMessage?> OneAsync(string id, CancellationToken cancellationToken)
    {
        if (Partition.IndexOf(id) is null)
            return null;
        await server.ReadyAsync(cancellationToken);
        var oldest = OldestKept(await _browser.NowAsync(cancellationToken));
        var partition = server.PartitionOf(id);
        var score = await server.ReadAsync("history", (partition, id), static (database, p) => database.SortedSetScoreAsync(p.partition.Ended, p.id), cancellationToken);
        return (await ReadAsync([(partition, id, score ?? 0)], cancellationToken))[0] is { } ended && Microseconds.Since1970(ended.Ended) >= oldest ? ended : null;
    }

    public Task<byte[]?> RecordAsync(string id, CancellationToken cancellationToken) =>
        server.ReadAsync("history", (Partition: server.PartitionOf(id), id), static async (database, p) =>
            (byte[]?)await database.HashGetAsync(p.Partition.History, p.id), cancellationToken);

    private static bool IsOfAge(EndedMessage ended, HistoryFilter filter, long now)
    {
        var age = Microseconds.ToTime(now) - ended.Ended;
        return (filter.OlderThan is not { } older || age >= older) && (filter.YoungerThan is not { } younger || age < younger);
    }

    private async Task<EndedMessage?[]> ReadAsync((Partition Partition, string Id, double Score)[] entries, CancellationToken cancellationToken)
    {
        var byId = new Dictionary<string, EndedMessage>(StringComparer.Ordinal);
        await Task.WhenAll(entries.GroupBy(e => e.Partition).Select(async group =>
        {
            var some = group.ToArray();
            var values = await server.ReadAsync("history", (group.Key, some), static (database, p) =>
                database.HashGetAsync(p.Key.History, [.. p.some.Select(e => (StackExchange.Redis.RedisValue)e.Id)]), cancellationToken);
            lock (byId)
            {
                for (var i = 0; i < some.Length; i++)
                {
                    if (!values[i].IsNull)
                        byId[some[i].Id] = EndFormat.Read(some[i].Id, Microseconds.ToTime(-some[i].Score), (byte[])values[i]!);
                }
            }
        }));
        return [.. entries.Select(e => byId.GetValueOrDefault(e.Id))];
    }

    private long OldestKept(long now) => TimeBefore(now, server.Options.KeepsHistory ? server.Options.HistoryAge : TimeSpan.Zero);

    private static long TimeBefore(long now, TimeSpan ago) => Math.Max(0, now - Microseconds.Of(ago));
}
