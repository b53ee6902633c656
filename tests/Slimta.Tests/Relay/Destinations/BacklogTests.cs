using Slimta.Storage;
using Slimta.Storage.Redis;
using Slimta.Tests.Mailbox;
using StackExchange.Redis;
using Xunit.Abstractions;

namespace Slimta.Tests.Relay;

/// <summary>Very much mail that is due for one slow destination, and then mail for others.</summary>
[Collection("relay")]
public class BacklogTests(RedisServer redis, ITestOutputHelper output)
{
    private const int Backlog = 20_000;

    /// <summary>The relay at its defaults. The figures are in docs/performance.md.</summary>
    [Fact]
    public async Task New_mail_passes_a_large_backlog_for_a_slow_destination()
    {
        await using var healthy = await MailboxHost.StartAsync();
        await using var slow = await MailboxHost.StartAsync(new() { ["Mailbox:SlowDelay"] = "00:00:01" });
        const string Prefix = "backlog:";
        await using (var queue = new RedisStorage(ConfigurationOptions.Parse(redis.Process.ConnectionString), new QueueOptions { Prefix = Prefix }))
        {
            foreach (var part in Enumerable.Range(0, Backlog).Chunk(500))
                await Task.WhenAll(part.Select(i => queue.WriteAsync(Mail.From("a@a.test", $"slow+{i}@slow.test"))));
        }
        await using var relay = await RelayHost.StartAsync(redis.Process.ConnectionString, new()
        {
            ["Relay:Routes:healthy.test:NextHop"] = healthy.Address,
            ["Relay:Routes:slow.test:NextHop"] = slow.Address,
            ["Relay:StopTimeout"] = "00:00:00",
        }, prefix: Prefix);
        await slow.ArrivedAsync();

        var (times, passed) = (new List<double>(), new List<int>());
        for (var i = 0; i < 40; i++)
        {
            var (start, before) = (TimeProvider.System.GetTimestamp(), Postponed());
            await relay.WriteAsync("a@a.test", $"b{i}@healthy.test");
            await healthy.ArrivedAsync();
            times.Add(TimeProvider.System.GetElapsedTime(start).TotalMilliseconds);
            passed.Add(Postponed() - before);
        }
        output.WriteLine($"ms: {string.Join(' ', times.Select(time => $"{time:F0}"))}");
        output.WriteLine($"postponed meanwhile: {string.Join(' ', passed)}");
        // Oldest first, the first of them waited until nearly all others had been looked at.
        Assert.True(passed.Max() < Backlog / 4, $"{passed.Max()} others came before one");

        int Postponed() => relay.Log.Count(line => line.Contains("postponed", StringComparison.Ordinal));
    }
}
