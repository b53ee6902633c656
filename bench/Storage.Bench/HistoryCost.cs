using System.Globalization;
using Slimta.Storage.Redis;

namespace Slimta.Storage.Bench;

/// <summary>What it costs to keep what became of a message: messages written, claimed and settled with and without it, by turns.</summary>
internal static class HistoryCost
{
    private const int Count = 5_000;
    private const int InFlight = 64;

    public static async Task RunAsync(int rounds)
    {
        await using var server = await BenchServer.RedisAsync("redis-server, fsync always");
        await MemoryAsync(server);
        var costs = new Dictionary<string, List<(double Rate, double Server, double Client)>> { ["without"] = [], ["with, growing"] = [], ["with, full"] = [] };
        for (var round = 0; round <= rounds; round++)
        {
            foreach (var (name, all) in costs)
            {
                await using var storage = server.Storage(name == "without" ? "none:" : name == "with, full" ? "full:" : $"grows{round}:",
                    options => options.HistoryMessages = name == "without" ? 0 : name == "with, full" ? 1000 : options.HistoryMessages);
                await storage.CountAsync();
                var before = await Throughput.CpuAsync(server);
                var rate = await PassAsync(storage, Count);
                var after = await Throughput.CpuAsync(server);
                // The first round warms up, and fills.
                if (round > 0)
                    all.Add((rate, (after.Server - before.Server) / Count, (after.Client - before.Client) / Count));
            }
        }
        Console.WriteLine("| History | messages/s (least to most) | CPU us a message, server | CPU us a message, client | both : without |");
        Console.WriteLine("|---|---|---|---|---|");
        double Both(string name) => costs[name].Select(c => c.Server + c.Client).Median();
        foreach (var (name, all) in costs)
        {
            Console.WriteLine(string.Create(CultureInfo.InvariantCulture,
                $"| {name} | {all.Select(c => c.Rate).Median():F0} ({all.Min(c => c.Rate):F0} to {all.Max(c => c.Rate):F0}) | {all.Select(c => c.Server).Median():F1} | {all.Select(c => c.Client).Median():F1} | {Both(name) / Both("without"):F2} |"));
        }
    }

    private static async Task MemoryAsync(BenchServer server)
    {
        await using var storage = server.Storage("memory:", _ => { });
        await PassAsync(storage, 2000);
        var before = await UsedAsync(server);
        await PassAsync(storage, Count);
        var each = (await UsedAsync(server) - before) / (double)Count;
        Console.WriteLine(string.Create(CultureInfo.InvariantCulture, $"Redis memory per ended message of 3 recipients and one attempt: {each:F0} bytes"));
        await server.CommandAsync("FLUSHALL");
    }

    private static async Task<long> UsedAsync(BenchServer server) =>
        long.Parse((await server.CommandAsync("INFO", "memory")).Split("used_memory:")[1].Split('\r')[0], CultureInfo.InvariantCulture);

    private static async Task<double> PassAsync(RedisStorage storage, int count)
    {
        var envelope = Messages.OfSize(4096);
        var started = TimeProvider.System.GetTimestamp();
        var writing = Messages.RateAsync(count, InFlight, () => storage.WriteAsync(envelope));
        var (left, settling) = (count, new List<Task>(count));
        await foreach (var entry in storage.WaitAsync(InFlight))
        {
            settling.Add(entry.SettleAsync(Settlement.Remove() with { Completed = [0, 1, 2], Attempt = Attempt }));
            if (--left == 0)
                break;
        }
        await Task.WhenAll(settling);
        await writing;
        return count / TimeProvider.System.GetElapsedTime(started).TotalSeconds;
    }

    private static AttemptRecord Attempt => new()
    {
        Started = TimeProvider.System.GetUtcNow(),
        Duration = TimeSpan.FromMilliseconds(12),
        Worker = "relay-1:4711:a1b2c3",
        TraceId = "0af7651916cd43dd8448eb211c80319c",
        Recipients =
        [
            .. Enumerable.Range(0, 3).Select(i => new RecipientOutcome(i, DeliveryOutcome.Delivered)
            {
                Reply = "250 2.0.0 Ok: queued as 4XyZ1A2b3C", Host = "mx1.example.org", Address = "192.0.2.25:25", Tls = "Tls13",
            }),
        ],
    };
}
