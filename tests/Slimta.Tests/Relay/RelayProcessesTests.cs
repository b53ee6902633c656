using System.Collections.Concurrent;
using System.Diagnostics;
using Slimta.Sink;
using Slimta.Storage.Tests.Servers;
using Slimta.Tests.Sink;
using Xunit.Abstractions;

namespace Slimta.Tests.Relay;

/// <summary>Several relay processes on one queue. SLIMTA_RELAY names the built relay host, such as Relay/bin/Release/net10.0/Relay.dll.</summary>
[Collection("relay")]
public class RelayProcessesTests(RelayRedis redis, ITestOutputHelper output)
{
    private const int Messages = 5000;
    private static readonly string? Host = Environment.GetEnvironmentVariable("SLIMTA_RELAY");

    [RelayProcessesTheory]
    [InlineData(2)]
    [InlineData(4)]
    public async Task A_dead_and_a_slow_domain_cost_the_healthy_one_nothing_and_nothing_is_lost_or_doubled(int processes)
    {
        var alone = await RunAsync(processes, ["healthy"]);
        var among = await RunAsync(processes, ["healthy", "slow+x", "dead"]);
        output.WriteLine($"{processes} processes, healthy domain alone:          {alone}");
        output.WriteLine($"{processes} processes, with a dead and a slow domain: {among}");
    }

    private async Task<string> RunAsync(int processes, string[] kinds)
    {
        await using var healthy = await SinkHost.StartAsync(new() { ["Sink:MaxMessages"] = "100000" });
        await using var slow = await SinkHost.StartAsync(new() { ["Sink:MaxMessages"] = "100000", ["Sink:SlowDelay"] = "00:00:00.300" });
        var prefix = $"p{Guid.NewGuid():N}:";
        // Delivers nothing itself: a queue to write to and to look at.
        await using var queue = await RelayHost.StartAsync(redis.Process.ConnectionString, new() { ["Relay:Smarthost"] = "127.0.0.1:1" }, prefix: prefix);
        await queue.StopAsync();
        var relays = Enumerable.Range(0, processes).Select(_ => Start(prefix, healthy.Address, slow.Address)).ToList();
        try
        {
            var written = new ConcurrentDictionary<string, DateTimeOffset>();
            await Parallel.ForEachAsync(Enumerable.Range(0, Messages), new ParallelOptions { MaxDegreeOfParallelism = 32 }, async (i, _) =>
            {
                var kind = kinds[i % kinds.Length];
                var recipient = $"{kind}{i}@{kind.Split('+')[0]}.test";
                written[recipient] = TimeProvider.System.GetUtcNow();
                await queue.WriteAsync("a@a.test", recipient);
            });
            await ArriveAsync(healthy, written, "healthy.test");
            await ArriveAsync(slow, written, "slow.test");
            var dead = written.Keys.Count(recipient => recipient.EndsWith("@dead.test", StringComparison.Ordinal));
            // What arrived last is settled a moment later.
            using var patience = new CancellationTokenSource(TimeSpan.FromSeconds(30));
            while ((await queue.Operator.CountAsync(patience.Token)).Total != dead)
                continue;
            var waits = healthy.Store.List().Select(message => (message.Received - written[message.Recipients[0]]).TotalMilliseconds).Order().ToList();
            return $"p50 {At(waits, .5)} ms, p95 {At(waits, .95)} ms, p99 {At(waits, .99)} ms, last {At(waits, 1)} ms";
        }
        finally
        {
            foreach (var relay in relays)
            {
                relay.Kill();
                await relay.WaitForExitAsync();
                relay.Dispose();
            }
        }
    }

    private static double At(List<double> sorted, double share) => Math.Round(sorted[(int)(share * (sorted.Count - 1))]);

    /// <summary>Each recipient of the domain once.</summary>
    private static async Task ArriveAsync(SinkHost sink, ConcurrentDictionary<string, DateTimeOffset> written, string domain)
    {
        var expected = written.Keys.Where(recipient => recipient.EndsWith("@" + domain, StringComparison.Ordinal)).Order().ToList();
        var arrived = new List<SinkMessage>();
        while (arrived.Count < expected.Count)
            arrived.Add(await sink.ArrivedAsync());
        Assert.Equal(expected, arrived.Select(message => message.Recipients[0]).Order());
        Assert.Equal(expected.Count, sink.Store.Total);
    }

    private Process Start(string prefix, string healthy, string slow)
    {
        var start = new ProcessStartInfo("dotnet", [Host!]) { RedirectStandardOutput = true, UseShellExecute = false };
        foreach (var (key, value) in new Dictionary<string, string>
        {
            ["ConnectionStrings__redis"] = redis.Process.ConnectionString,
            ["Storage__Prefix"] = prefix,
            ["ASPNETCORE_URLS"] = "http://127.0.0.1:0",
            ["Logging__LogLevel__Default"] = "Warning",
            ["Relay__HelloName"] = "relay.test",
            ["Relay__Routes__healthy.test__NextHop"] = healthy,
            ["Relay__Routes__slow.test__NextHop"] = slow,
            ["Relay__Routes__dead.test__NextHop"] = $"127.0.0.1:{RedisProcess.FreePort()}",
        })
            start.Environment[key] = value;
        var process = Process.Start(start)!;
        process.OutputDataReceived += (_, _) => { };
        process.BeginOutputReadLine();
        return process;
    }

    private sealed class RelayProcessesTheoryAttribute : TheoryAttribute
    {
        public RelayProcessesTheoryAttribute() => Skip = Host is null ? "SLIMTA_RELAY names no relay host" : null;
    }
}
