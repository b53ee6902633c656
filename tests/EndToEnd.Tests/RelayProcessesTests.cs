using System.Collections.Concurrent;
using Microsoft.Extensions.Time.Testing;
using Slimta.Mailbox;
using Slimta.Storage.Tests.Support;
using Slimta.Tests;
using Slimta.Tests.Mailbox;
using Xunit.Abstractions;

namespace Slimta.EndToEnd;

/// <summary>Several relay processes on one queue, with the machine to themselves.</summary>
[Collection("alone")]
public sealed class RelayProcessesTests(ITestOutputHelper output)
{
    private const int Messages = 5000;

    [Theory]
    [InlineData(2)]
    [InlineData(4)]
    public async Task A_dead_and_a_slow_domain_cost_the_healthy_one_nothing_and_nothing_is_lost_or_doubled(int processes)
    {
        await using var redis = await RedisProcess.StartAsync();
        output.WriteLine($"{processes} processes, healthy domain alone:         {await RunAsync(redis, processes, ["healthy"])}");
        output.WriteLine($"{processes} processes, with a dead and a slow domain: {await RunAsync(redis, processes, ["healthy", "slow", "dead"])}");
    }

    [Fact]
    public async Task What_a_killed_relay_was_delivering_arrives_through_the_others()
    {
        const int Count = 30;
        await using var redis = await RedisProcess.StartAsync();
        var time = new WatchedTime(TimeSpan.FromSeconds(7));
        await using var silent = await MailboxHost.StartAsync(new() { ["Mailbox:SlowDelay"] = "00:00:07" }, time);
        await using var mailbox = await MailboxHost.StartAsync();
        await using var queue = await QueueClient.StartAsync(redis.ConnectionString, "killed:");
        await using var killed = await StartRelayAsync(redis, "killed:", new() { ["Relay:Smarthost"] = silent.Address, ["Storage:Lease"] = "01:00:00" });
        for (var i = 0; i < Count; i++)
            await queue.WriteAsync($"slow+{i}@b.test");
        // It has sent whole messages, and waits for the replies.
        await time.BegunAsync();
        await using var first = await StartRelayAsync(redis, "killed:", new() { ["Relay:Smarthost"] = mailbox.Address });
        await using var second = await StartRelayAsync(redis, "killed:", new() { ["Relay:Smarthost"] = mailbox.Address });
        await killed.KillAsync();

        var arrived = new List<string>();
        while (arrived.Count < Count)
            arrived.AddRange((await mailbox.ArrivedAsync()).Recipients);
        await queue.HoldsAsync(0);
        Assert.Equal(Enumerable.Range(0, Count).Select(i => $"slow+{i}@b.test").Order(), mailbox.Store.List().SelectMany(message => message.Recipients).Order());
        Assert.Equal(0, silent.Store.Total);
    }

    /// <returns>How long the healthy domain's messages took, from before their write to their arrival.</returns>
    private static async Task<string> RunAsync(RedisProcess redis, int processes, string[] domains)
    {
        // Its time stands still, so what is sent there stays unanswered until the test says so.
        var time = new FakeTimeProvider();
        await using var slow = await MailboxHost.StartAsync(new() { ["Mailbox:MaxMessages"] = "100000", ["Mailbox:SlowDelay"] = "00:00:01" }, time);
        await using var healthy = await MailboxHost.StartAsync(new() { ["Mailbox:MaxMessages"] = "100000" });
        var prefix = $"p{domains.Length}:";
        await using var queue = await QueueClient.StartAsync(redis.ConnectionString, prefix);
        var relays = new List<StandaloneProcess>();
        try
        {
            for (var i = 0; i < processes; i++)
            {
                relays.Add(await StartRelayAsync(redis, prefix, new()
                {
                    ["Relay:Routes:healthy.test:NextHop"] = healthy.Address,
                    ["Relay:Routes:slow.test:NextHop"] = slow.Address,
                    ["Relay:Routes:dead.test:NextHop"] = $"127.0.0.1:{RedisProcess.FreePort()}",
                }));
            }
            var written = new ConcurrentDictionary<string, DateTimeOffset>();
            await Parallel.ForEachAsync(Enumerable.Range(0, Messages), new ParallelOptions { MaxDegreeOfParallelism = 32 }, async (i, _) =>
            {
                var domain = domains[i % domains.Length];
                var recipient = $"{domain}+{i}@{domain}.test";
                written[recipient] = TimeProvider.System.GetUtcNow();
                await queue.WriteAsync(recipient);
            });
            await ArriveAsync(healthy, To("healthy"));
            // All of the healthy domain's is there, and nothing of the others'.
            await queue.HoldsAsync(To("slow").Count + To("dead").Count);
            Assert.Equal(0, slow.Store.Total);

            using var served = new CancellationTokenSource();
            var serving = ServeAsync(time, served.Token);
            await ArriveAsync(slow, To("slow"));
            await served.CancelAsync();
            await serving;
            await queue.HoldsAsync(To("dead").Count);
            Assert.Equal(To("healthy").Count, healthy.Store.Total);

            var waits = healthy.Store.List().Select(message => (message.Received - written[message.Recipients[0]]).TotalSeconds).Order().ToList();
            return $"p50 {At(waits, .5):0.0} s, p95 {At(waits, .95):0.0} s, p99 {At(waits, .99):0.0} s, last {At(waits, 1):0.0} s";

            List<string> To(string domain) => [.. written.Keys.Where(recipient => recipient.EndsWith($"@{domain}.test", StringComparison.Ordinal)).Order()];
        }
        finally
        {
            foreach (var relay in relays)
                await relay.DisposeAsync();
        }
    }

    /// <summary>Lets the slow server's time pass.</summary>
    private static async Task ServeAsync(FakeTimeProvider time, CancellationToken cancellationToken)
    {
        while (!cancellationToken.IsCancellationRequested)
        {
            time.Advance(TimeSpan.FromSeconds(1));
            // The pace itself: fifty seconds of that server's in one of the relays', which are other processes and keep their own.
            await Task.Delay(TimeSpan.FromMilliseconds(20), TimeProvider.System, CancellationToken.None);
        }
    }

    private static double At(List<double> sorted, double share) => sorted[(int)(share * (sorted.Count - 1))];

    /// <summary>Each recipient once.</summary>
    private static async Task ArriveAsync(MailboxHost mailbox, List<string> expected)
    {
        var arrived = new List<MailboxMessage>();
        while (arrived.Count < expected.Count)
            arrived.Add(await mailbox.ArrivedAsync());
        Assert.Equal(expected, arrived.Select(message => message.Recipients[0]).Order());
        Assert.Equal(expected.Count, mailbox.Store.Total);
    }

    private static Task<StandaloneProcess> StartRelayAsync(RedisProcess redis, string prefix, Dictionary<string, string> settings) =>
        StandaloneProcess.StartAsync("relay", new(settings)
        {
            ["ConnectionStrings:redis"] = redis.ConnectionString,
            ["Storage:Prefix"] = prefix,
            ["Logging:LogLevel:Default"] = "Warning",
        });
}

[CollectionDefinition("alone", DisableParallelization = true)]
public sealed class AloneCollection;
