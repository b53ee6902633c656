using System.Collections.Concurrent;
using Slimta.Storage.Redis;
using Slimta.Storage.Tests.Support;
using StackExchange.Redis;

namespace Slimta.Storage.Tests;

/// <summary>A redis-server whose clock is really set, back and forth, under a queue at work.</summary>
public sealed class ClockStepsTests
{
    [SteppedClockTheory]
    [InlineData(1)]
    [InlineData(-1)]
    [InlineData(1, 0)]
    [InlineData(-1, 0)]
    [InlineData(-1, 1, 0, -2)]
    public async Task Lose_nothing_hold_up_nothing_and_double_nothing_in_hand(params int[] hours)
    {
        // Only a failure waits for it.
        using var patience = new CancellationTokenSource(TimeSpan.FromSeconds(90));
        using var clock = new SteppedClock();
        await using var redis = await RedisProcess.StartAsync(clock.Environment);
        await using var edge = Storage(redis, "edge");
        await using var relay = Storage(redis, "relay");
        await using var other = Storage(redis, "other");
        var held = await relay.WriteAsync(Mail.ToThree());
        var entry = await FirstAsync(relay, patience.Token);
        Assert.Equal(held, entry.Id);
        var written = new ConcurrentBag<string>();
        var delivered = new ConcurrentDictionary<string, int>();
        using var progress = new SemaphoreSlim(0);
        using var over = CancellationTokenSource.CreateLinkedTokenSource(patience.Token);
        var relaying = Task.WhenAll(DeliverAsync(relay), DeliverAsync(other));

        await WriteAsync();
        foreach (var hour in hours)
        {
            clock.Set(TimeSpan.FromHours(hour));
            Assert.Equal(hour, Math.Round((await ServerTimeAsync(redis) - TimeProvider.System.GetUtcNow()).TotalHours));
            await WriteAsync();
        }

        while (written.Any(id => delivered.GetValueOrDefault(id) < 2))
            await progress.WaitAsync(patience.Token);
        // What was in hand all the time is its holder's still.
        Assert.True(entry.Lease.MaySettle);
        await entry.SettleAsync(Settlement.Remove(), patience.Token);
        while ((await edge.CountAsync(patience.Token)).Total > 0)
            await progress.WaitAsync(TimeSpan.FromMilliseconds(100), patience.Token);
        await over.CancelAsync();
        await relaying;
        Assert.False(delivered.ContainsKey(held));
        Assert.All(written, id => Assert.Equal(2, delivered[id]));

        async Task WriteAsync()
        {
            for (var i = 0; i < 20; i++)
                written.Add(await edge.WriteAsync(Mail.ToThree(), i % 2 == 0 ? Due.Now : TimeSpan.FromSeconds(1), cancellationToken: patience.Token));
        }

        // Each is deferred once.
        async Task DeliverAsync(RedisStorage storage)
        {
            try
            {
                await foreach (var next in storage.WaitAsync(20, over.Token))
                {
                    var times = delivered.AddOrUpdate(next.Id, 1, (_, before) => before + 1);
                    await next.SettleAsync(times == 1 ? Settlement.Retry(TimeSpan.FromSeconds(1)) : Settlement.Remove());
                    progress.Release();
                }
            }
            catch (OperationCanceledException) when (over.IsCancellationRequested)
            {
                // The end.
            }
        }
    }

    [SteppedClockTheory]
    [InlineData(1)]
    [InlineData(48)]
    public async Task What_was_scheduled_by_a_clock_that_no_relay_saw_does_not_wait_for_it(int hours)
    {
        using var patience = new CancellationTokenSource(TimeSpan.FromSeconds(60));
        using var clock = new SteppedClock();
        await using var redis = await RedisProcess.StartAsync(clock.Environment);
        await using var storage = Storage(redis, "relay");
        var deferred = await storage.WriteAsync(Mail.ToThree());
        var entry = await FirstAsync(storage, patience.Token);
        var later = await storage.WriteAsync(Mail.ToThree(), TimeSpan.FromDays(1));

        clock.Set(TimeSpan.FromHours(hours));
        var written = await storage.WriteAsync(Mail.ToThree());
        await entry.SettleAsync(Settlement.Retry(TimeSpan.FromSeconds(1)));
        await storage.RetryNowAsync(later);
        clock.Set(TimeSpan.Zero);

        var seen = new HashSet<string>();
        await foreach (var next in storage.WaitAsync(3, patience.Token))
        {
            seen.Add(next.Id);
            await next.SettleAsync(Settlement.Remove());
            if (seen.Count == 3)
                break;
        }
        Assert.Equal(new HashSet<string> { deferred, later, written }, seen);
    }

    private static RedisStorage Storage(RedisProcess redis, string owner) => new(
        ConfigurationOptions.Parse(redis.ConnectionString), new QueueOptions { Owner = owner, BodyConnections = 1, Timeout = TimeSpan.FromSeconds(30) });

    private static async Task<QueueEntry> FirstAsync(RedisStorage storage, CancellationToken cancellationToken)
    {
        await foreach (var entry in storage.WaitAsync(1, cancellationToken))
            return entry;
        throw new InvalidOperationException("WaitAsync ended.");
    }

    private static async Task<DateTimeOffset> ServerTimeAsync(RedisProcess redis)
    {
        await using var connection = await ConnectionMultiplexer.ConnectAsync(redis.ConnectionString);
        var time = (RedisValue[])(await connection.GetDatabase().ExecuteAsync("TIME"))!;
        return DateTimeOffset.FromUnixTimeSeconds((long)time[0]);
    }
}
