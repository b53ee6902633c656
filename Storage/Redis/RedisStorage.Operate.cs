using System.Diagnostics;
using System.Runtime.CompilerServices;
using StackExchange.Redis;

namespace Slimta.Storage.Redis;

public sealed partial class RedisStorage
{
    // A page of this size takes the server a millisecond or less.
    private const int LoadPage = 500;

    /// <summary>In one call, which holds the server for a millisecond or so.</summary>
    private const int MostHastened = 125;
    private const int BrowsePage = 100;

    public async IAsyncEnumerable<(DateTimeOffset Timestamp, string Id)> LoadAsync(
        [EnumeratorCancellation] CancellationToken cancellationToken = default)
    {
        await _server.ReadyAsync(cancellationToken);
        using var operation = new QueueOperation(_server.Telemetry, "load", "receive", ActivityKind.Client);
        foreach (var partition in _server.Partitions)
        {
            await foreach (var entry in new SchedulePages(_server, partition.Schedule, LoadPage).ReadAsync(cancellationToken))
                yield return (Microseconds.ToTime(entry.Score), entry.Element!);
        }
    }

    public async IAsyncEnumerable<QueueListing> BrowseAsync(
        MessageState? state = null, [EnumeratorCancellation] CancellationToken cancellationToken = default)
    {
        await _server.ReadyAsync(cancellationToken);
        var browser = new QueueBrowser(_server, BrowsePage);
        if (state is not MessageState.Held)
        {
            await foreach (var listing in browser.ScheduledAsync(cancellationToken))
            {
                if (state is null || listing.State == state)
                    yield return listing;
            }
        }
        if (state is null or MessageState.Held)
        {
            await foreach (var listing in browser.HeldAsync(cancellationToken))
                yield return listing;
        }
    }

    public async Task<MessageDetails> InspectAsync(string id, CancellationToken cancellationToken = default)
    {
        var partition = _server.PartitionOf(Known(id));
        var listing = await new QueueBrowser(_server, BrowsePage).FindAsync(partition, id, cancellationToken)
            ?? throw new KeyNotFoundException($"No message '{id}' is in the queue.");
        var (records, problem) = await _reader.ReadAttemptsAsync(partition, id, cancellationToken);
        return new MessageDetails(problem is null ? listing : listing with { Problem = listing.Problem ?? problem }, records);
    }

    public async Task<QueueCounts> CountAsync(CancellationToken cancellationToken = default)
    {
        await _server.ReadyAsync(cancellationToken);
        var partitions = await Task.WhenAll(_server.Partitions.Select(async partition => (RedisResult[])(await _server.RunAsync(
            Script.Count, [partition.Schedule, partition.Leases, partition.State, partition.Held], [], cancellationToken))!));
        long Sum(int i) => partitions.Sum(p => (long)p[i]);
        DateTimeOffset? Oldest(int i) => partitions.Where(p => !string.IsNullOrEmpty((string?)p[i])).Select(p => (long?)(long)p[i]).Min() is { } time
            ? Microseconds.ToTime(time) : null;
        return new QueueCounts(Sum(1), Sum(2), Sum(3), Sum(4), Sum(5), Oldest(6), Oldest(7));
    }

    public async Task<long> CountDueBeforeAsync(DateTimeOffset time, CancellationToken cancellationToken = default)
    {
        await _server.ReadyAsync(cancellationToken);
        var before = Microseconds.Since1970(time) - 1;
        var counts = await Task.WhenAll(_server.Partitions.Select(partition => _server.ReadAsync("count", (partition.Schedule, before), static (database, p) =>
            database.SortedSetLengthAsync(p.Schedule, double.NegativeInfinity, p.before), cancellationToken)));
        return counts.Sum();
    }

    public Task HoldAsync(string id, string reason, CancellationToken cancellationToken = default)
    {
        ArgumentException.ThrowIfNullOrWhiteSpace(reason);
        return ChangeAsync("hold", new(id, SettleAction.Hold) { Argument = reason }, null, cancellationToken);
    }

    public Task ReleaseHoldAsync(string id, Due timestamp = default, CancellationToken cancellationToken = default) =>
        ChangeAsync("release_hold", new(id, SettleAction.Unhold) { Argument = timestamp.ToArgument() }, null, cancellationToken);

    public Task ExpireHeldAsync(
        string id, DateTimeOffset heldBefore, IReadOnlyList<NewMessage> reports, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(reports);
        return _largeNewMessages.WithStagedAsync(id, reports, messages => ChangeAsync("expire_held", new(id, SettleAction.Expire)
        {
            Argument = $"{Microseconds.Since1970(heldBefore)}",
            NewMessages = messages,
            NewIds = _settler.NewIds(id, messages),
            Outcome = EndOutcome.Bounced,
            Reason = "it was held for too long",
        }, null, cancellationToken), cancellationToken);
    }

    public Task RetryNowAsync(string id, CancellationToken cancellationToken = default) =>
        ChangeAsync("retry_now", new(id, SettleAction.Retry) { Argument = Due.Now.ToArgument() }, null, cancellationToken);

    public async Task<int> RetryAllNowAsync(CancellationToken cancellationToken = default)
    {
        await _server.ReadyAsync(cancellationToken);
        using var operation = new QueueOperation(_server.Telemetry, "retry_all_now", "settle", ActivityKind.Client);
        var hastened = 0;
        foreach (var partition in _server.Partitions)
        {
            await foreach (var some in new SchedulePages(_server, partition.Schedule, LoadPage).ReadPagesAsync(cancellationToken).SelectMany(page => page.Chunk(MostHastened)))
            {
                RedisValue[] arguments = [_server.WakeChannel, partition.Index, .. some.Select(e => e.Element)];
                RedisKey[] keys = [partition.Schedule, partition.Leases, partition.State, .. some.Select(e => partition.Message(e.Element!))];
                hastened += (int)await _server.ChangeAsync(Script.Hasten, keys, arguments, cancellationToken: cancellationToken);
            }
        }
        return hastened;
    }
}
