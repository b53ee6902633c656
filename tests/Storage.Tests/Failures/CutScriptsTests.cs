using System.Globalization;
using Slimta.Storage.Redis;
using Slimta.Storage.Tests.Support;
using StackExchange.Redis;

namespace Slimta.Storage.Tests;

/// <summary>
/// Garnet's append-only file can end in the middle of a script: it writes no transaction around it, and commits what has come so far.
/// So a message's ways through the queue are taken on Redis, whose file names each change, and every beginning of that file is played
/// back and used on: in the end nothing may be left, for every cut.
/// </summary>
public sealed class CutScriptsTests : IAsyncLifetime
{
    private const string Prefix = "cut:";

    /// <summary>At an empty queue whose count of bytes is not zero.</summary>
    private const int MostLooks = 50;
    private static readonly TimeSpan Staging = TimeSpan.FromSeconds(5);
    private static readonly Partition Partition = new(Prefix, 0);

    private readonly CancellationTokenSource _patience = new(TimeSpan.FromMinutes(4));
    private RedisProcess _redis = null!;
    private IConnectionMultiplexer _connection = null!;

    private IDatabase Database => _connection.GetDatabase();

    public async Task InitializeAsync()
    {
        _redis = await RedisProcess.StartAsync();
        _connection = await ConnectionMultiplexer.ConnectAsync(_redis.ConnectionString + ",allowAdmin=true");
    }

    public async Task DisposeAsync()
    {
        await _connection.DisposeAsync();
        await _redis.DisposeAsync();
        _patience.Dispose();
    }

    [Fact]
    public async Task Nothing_is_left_for_ever_wherever_the_log_ends()
    {
        await TakeEveryWayAsync();
        var steps = AppendOnlyFile.Read(_redis.Folder);
        // Staged content is stale by now, by the server's clock.
        await Task.Delay(Staging, TimeProvider.System);

        await using var storage = Storage();
        var left = new List<string>();
        for (var step = 0; step < steps.Count; step++)
        {
            for (var changes = 1; changes <= steps[step].Count; changes++)
            {
                await PlayAsync(steps, step, changes);
                await LetTimePassAsync();
                await UseUpAsync(storage);
                var found = await FindAsync();
                if (found.Count > 0)
                    left.Add($"{string.Join(", ", steps[step].Take(changes))} | {string.Join(", ", steps[step].Skip(changes))}: {string.Join(", ", found)}");
            }
        }

        Assert.True(steps.Sum(step => step.Count) > 100, "the ways are not all in the file");
        Assert.True(left.Count == 0, $"{left.Count} cuts leave something:\n{string.Join('\n', left)}");
    }

    private async Task TakeEveryWayAsync()
    {
        await using var storage = Storage();
        var large = Mail.ToThree() with { Content = new byte[300_000] };
        var attempt = Mail.Attempt();

        await storage.WriteAsync(Mail.ToThree(), options: new() { IdempotencyKey = "order-1" });
        await storage.WriteAsync(large, options: new() { IdempotencyKey = "order-2" });
        for (var i = 0; i < 2; i++)
            await SettleNextAsync(storage, Settlement.Retry(TimeSpan.Zero) with { Attempt = attempt, Completed = [1], Note = "state" });
        for (var i = 0; i < 2; i++)
            await SettleNextAsync(storage, Settlement.Remove() with { Attempt = attempt });

        await storage.WriteAsync(Mail.ToThree());
        var held = await SettleNextAsync(storage, Settlement.Hold("looked at") with { Attempt = attempt });
        await storage.ReleaseHoldAsync(held);
        await SettleNextAsync(storage, Settlement.Remove() with { NewMessages = [new(Mail.To("sender@example.com"))] });
        await storage.HoldAsync(await SettleNextAsync(storage, Settlement.Retry(TimeSpan.FromHours(1))), "looked at");
        await storage.RemoveAsync((await storage.BrowseAsync(MessageState.Held).FirstAsync(_patience.Token)).Id);

        await storage.WriteAsync(large);
        await using (var entry = await NextAsync(storage))
        {
            await storage.IncrementAttemptsAsync(entry.Id, entry.Lease);
            await storage.SetRecipientsDeliveredAsync(entry.Id, [0], entry.Lease);
            await entry.SettleAsync(Settlement.Remove() with
            {
                NewMessages = [new(Mail.To("sender@example.com") with { Content = new byte[300_000] })],
            });
        }
        await SettleNextAsync(storage, Settlement.Remove());

        // Their content is kept.
        await storage.WriteAsync(Mail.ToThree());
        await SettleNextAsync(storage, Settlement.Remove() with { Completed = [0, 1, 2], Failed = [1], Attempt = attempt });
        await storage.WriteAsync(large);
        await SettleNextAsync(storage, Settlement.Remove() with { Completed = [0, 1, 2], Failed = [1], Attempt = attempt });

        // One job does all it is for, the other is given back and canceled.
        await storage.WriteAsync(Mail.ToThree());
        await storage.Jobs.StartAsync(new(), OperatorOrder.Hold("looked at"), "ann");
        await DoJobsAsync(storage);
        var canceled = await storage.Jobs.StartAsync(new(), OperatorOrder.Drop, "ann");
        await (await storage.Jobs.TakeAsync())!.DisposeAsync();
        await storage.Jobs.CancelAsync(canceled.Id, "bob");
        await DoJobsAsync(storage);
        await storage.RemoveAsync((await storage.BrowseAsync(MessageState.Held).FirstAsync(_patience.Token)).Id);

        await using (var dropped = storage.BeginWrite())
            await dropped.WriteAsync(new byte[600_000]);
        // Its process dies.
        var dead = storage.BeginWrite();
        await dead.WriteAsync(new byte[600_000]);
    }

    /// <summary>An empty server, and the file up to a change within a script.</summary>
    private async Task PlayAsync(List<List<AppendOnlyFile.Change>> steps, int step, int changes)
    {
        await Database.ExecuteAsync("FLUSHALL");
        foreach (var change in steps.Take(step).SelectMany(all => all).Concat(steps[step].Take(changes)).SkipLast(1))
            _ = change.AgainAsync(Database);
        await steps[step][changes - 1].AgainAsync(Database);
    }

    /// <summary>All leases have run out, all that waits is due, and what expires is gone.</summary>
    private async Task LetTimePassAsync()
    {
        foreach (var entry in await Database.SortedSetRangeByRankAsync(Partition.Schedule))
            await Database.SortedSetAddAsync(Partition.Schedule, entry, 1);
        foreach (var job in await Database.SortedSetRangeByScoreAsync(Partition.Jobs, 1))
            await Database.SortedSetAddAsync(Partition.Jobs, job, 1);
        foreach (var key in _connection.GetServers()[0].Keys().Where(key => Database.KeyTimeToLive(key) is not null).ToList())
            await Database.KeyDeleteAsync(key);
    }

    /// <summary>Jobs go on, an operator drops what is held, relays deliver the rest, and a job and a large message come and go.</summary>
    private async Task UseUpAsync(RedisStorage storage)
    {
        await storage.Jobs.StartAsync(new(), OperatorOrder.Retry, "ann");
        await DoJobsAsync(storage);
        foreach (var id in await Database.SortedSetRangeByRankAsync(Partition.Held))
        {
            if (await Database.SortedSetScoreAsync(Partition.Schedule, id) is null)
                await storage.RemoveAsync(id!);
        }
        await using (var writer = storage.BeginWrite())
            await writer.WriteAsync(new byte[300_000]);
        using var empty = CancellationTokenSource.CreateLinkedTokenSource(_patience.Token);
        var consuming = ConsumeAsync(storage, empty.Token);
        var looks = 0;
        while (await Database.SortedSetLengthAsync(Partition.Schedule) > 0 || (await BytesAsync() != 0 && looks++ < MostLooks))
        {
            // By itself the next look at an empty queue is seconds off.
            await Database.PublishAsync(RedisChannel.Literal(Prefix + "wake"), 0);
            await Task.Delay(TimeSpan.FromMilliseconds(2), TimeProvider.System, _patience.Token);
        }
        await empty.CancelAsync();
        await consuming;
    }

    private async Task DoJobsAsync(RedisStorage storage)
    {
        while (await storage.Jobs.TakeAsync(_patience.Token) is { } run)
        {
            await using (run)
            {
                while (run.Job.State == OrderJobState.Running)
                    await run.StepAsync(_patience.Token);
                await run.EndAsync(_patience.Token);
            }
        }
    }

    private async Task<long> BytesAsync() => (long)await Database.HashGetAsync(Partition.State, "bytes");

    private static async Task ConsumeAsync(RedisStorage storage, CancellationToken empty)
    {
        try
        {
            await foreach (var entry in storage.WaitAsync(10, empty))
                await entry.SettleAsync(Settlement.Remove(), CancellationToken.None);
        }
        catch (OperationCanceledException)
        {
            // Empty.
        }
    }

    /// <summary>Keys that an empty queue does not keep, and counts that are not zero. What is known of jobs that have ended goes by itself.</summary>
    private async Task<List<string>> FindAsync()
    {
        var left = _connection.GetServers()[0].Keys().Where(key => key != Partition.State && key != Partition.Ended && key != Partition.History
            && !((key == Partition.Jobs || key == Partition.Orders) && Database.KeyTimeToLive(key) is not null)).Select(key => key.ToString()).ToList();
        foreach (var count in await Database.HashGetAllAsync(Partition.State))
        {
            if (count.Name.ToString() is "bytes" or "staged" && count.Value != 0 || count.Name.StartsWith("job:"))
                left.Add(string.Create(CultureInfo.InvariantCulture, $"{count.Name} = {count.Value}"));
        }
        return left;
    }

    private async Task<string> SettleNextAsync(RedisStorage storage, Settlement settlement)
    {
        await using var entry = await NextAsync(storage);
        await entry.SettleAsync(settlement);
        return entry.Id;
    }

    private async Task<QueueEntry> NextAsync(RedisStorage storage)
    {
        await foreach (var entry in storage.WaitAsync(1, _patience.Token))
            return entry;
        throw new OperationCanceledException();
    }

    private RedisStorage Storage() => new(
        ConfigurationOptions.Parse(_redis.ConnectionString),
        new QueueOptions { Prefix = Prefix, BodyConnections = 1, StagingLifetime = Staging, Timeout = TimeSpan.FromSeconds(30), Lease = TimeSpan.FromMinutes(5), KeepContent = true });
}
