using System.Globalization;
using Slimta.Storage.Redis;

namespace Slimta.Storage.Bench;

/// <summary>What grows with the queue and what must not.</summary>
internal static class Sizes
{
    // As many as the smallest queue has messages for.
    private const int Batches = 15;

    /// <summary>Until the client is compiled for good: what that takes is no message's cost.</summary>
    private const int WarmRounds = 60;
    private const int Rounds = 9;

    public static async Task RunAsync()
    {
        Console.WriteLine("| Measure | Value |");
        Console.WriteLine("|---|---|");
        await MemoryAsync();
        await ClaimAsync();
        await LargeAsync("redis-server, fsync always", () => BenchServer.RedisAsync("redis-server"));
        await LargeAsync("Garnet in process", () => Task.FromResult(BenchServer.Garnet()));
        Console.WriteLine();
    }

    private static void Row(string measure, FormattableString value) =>
        Console.WriteLine($"| {measure} | {value.ToString(CultureInfo.InvariantCulture)} |");

    private static async Task MemoryAsync()
    {
        await using var server = await BenchServer.RedisAsync("redis", "--appendonly", "no");
        await using var storage = server.Storage("memory:");
        await storage.CountAsync();
        var before = await UsedAsync(server);
        const int Count = 20_000;
        var envelope = Messages.OfSize(4096);
        await Messages.RateAsync(Count, 64, () => storage.WriteAsync(envelope));
        Row("Redis memory per queued message of 4 KiB and 3 recipients", $"{(await UsedAsync(server) - before) / (double)Count:F0} bytes");
    }

    private static async Task<long> UsedAsync(BenchServer server)
    {
        var info = await server.CommandAsync("INFO", "memory");
        return long.Parse(info.Split("used_memory:")[1].Split('\r')[0]);
    }

    private static async Task ClaimAsync()
    {
        await using var server = await BenchServer.RedisAsync("redis", "--appendonly", "no", "--slowlog-log-slower-than", "500", "--slowlog-max-len", "10000");
        await using var storage = server.Storage("claim:");
        var envelope = Messages.OfSize(64);
        var small = (Claim: 0.0, Server: 0.0, Client: 0.0);
        var filled = 0;
        foreach (var size in (int[])[1000, 100_000, 1_000_000])
        {
            await Messages.RateAsync(size - filled, 512, () => storage.WriteAsync(envelope));
            filled = size;
            if (size == 100_000)
            {
                await LoadAsync(server, storage);
                continue;
            }
            var (claims, servers, clients) = (new List<double>(), new List<double>(), new List<double>());
            for (var i = size == 1000 ? -WarmRounds : 0; i < Rounds; i++)
            {
                var before = await Throughput.CpuAsync(server);
                var claim = await ClaimCostAsync(storage);
                // What was settled is put back.
                await Messages.RateAsync(64 * Batches, 64, () => storage.WriteAsync(envelope));
                var after = await Throughput.CpuAsync(server);
                if (i < 0)
                    continue;
                claims.Add(claim);
                servers.Add((after.Server - before.Server) / (64 * Batches));
                clients.Add((after.Client - before.Client) / (64 * Batches));
            }
            var cost = (Claim: claims.Median(), Server: servers.Median(), Client: clients.Median());
            small = size == 1000 ? cost : small;
            Row($"claim of 64, settled, at {size:N0} queued, time a claim with its 64 messages read", $"{cost.Claim:F0} us ({cost.Claim / small.Claim:F2} times that at 1,000)");
            Row($"a message written, claimed and settled at {size:N0} queued, CPU of server and client",
                $"{cost.Server:F0} and {cost.Client:F0} us ({(cost.Server + cost.Client) / (small.Server + small.Client):F2} times that at 1,000)");
        }
    }

    /// <summary>Microseconds from asking to having all 64, with their content.</summary>
    private static async Task<double> ClaimCostAsync(RedisStorage storage)
    {
        var batch = new List<QueueEntry>(64);
        var batches = 0;
        var claimed = TimeProvider.System.GetTimestamp();
        var total = TimeSpan.Zero;
        await foreach (var entry in storage.WaitAsync(64))
        {
            batch.Add(entry);
            if (batch.Count < 64)
                continue;
            total += TimeProvider.System.GetElapsedTime(claimed);
            await Task.WhenAll(batch.Select(e => e.SettleAsync(Settlement.Remove())));
            batch.Clear();
            if (++batches == Batches)
                break;
            claimed = TimeProvider.System.GetTimestamp();
        }
        return total.TotalMicroseconds / batches;
    }

    private static async Task LoadAsync(BenchServer server, RedisStorage storage)
    {
        await server.CommandAsync("SLOWLOG", "RESET");
        var times = new List<double>();
        for (var i = 0; i < 3; i++)
        {
            var started = TimeProvider.System.GetTimestamp();
            var count = 0;
            await foreach (var _ in storage.LoadAsync())
                count++;
            times.Add(TimeProvider.System.GetElapsedTime(started).TotalMilliseconds);
            if (count != 100_000)
                throw new InvalidOperationException($"LoadAsync told {count} of 100,000 messages.");
        }
        Row("LoadAsync of 100,000", $"{times.Median():F0} ms");
        // The reset is in the log that it begins.
        var slow = (await server.SlowAsync()).Where(command => command.Name != "SLOWLOG").ToList();
        Row("commands over 0.5 ms meanwhile, the longest of them", $"{slow.Count}, {slow.Select(command => command.Time).Append(TimeSpan.Zero).Max().TotalMilliseconds:F1} ms");
    }

    /// <summary>50 MB in and out, and how long another client's PING waits meanwhile at worst.</summary>
    private static async Task LargeAsync(string name, Func<Task<BenchServer>> start)
    {
        await using var server = await start();
        await using var storage = server.Storage("large:");
        await storage.CountAsync();
        await using var other = await StackExchange.Redis.ConnectionMultiplexer.ConnectAsync(server.ConnectionString);
        // What the runtime compiles at first is not the server's doing.
        for (var i = 0; i < 200; i++)
            await other.GetDatabase().PingAsync();
        // One that has had nothing to do commits less often at first.
        await Task.Delay(TimeSpan.FromSeconds(4), TimeProvider.System);
        using var stop = new CancellationTokenSource();
        var worst = TimeSpan.Zero;
        var pings = Task.Run(async () =>
        {
            while (!stop.IsCancellationRequested)
            {
                var ping = await other.GetDatabase().PingAsync();
                worst = ping > worst ? ping : worst;
            }
        });
        var started = TimeProvider.System.GetTimestamp();
        await using (var writer = storage.BeginWrite())
        {
            var piece = new byte[64 * 1024];
            for (var at = 0; at + piece.Length <= 50_000_000; at += piece.Length)
                await writer.WriteAsync(piece);
            await writer.CommitAsync(Messages.OfSize(0) with { Content = MessageContent.None });
        }
        var written = TimeProvider.System.GetElapsedTime(started);
        await foreach (var entry in storage.WaitAsync())
        {
            long read = 0;
            await foreach (var chunk in entry.Message.Envelope.Content.ReadAsync())
                read += chunk.Length;
            await entry.SettleAsync(Settlement.Remove());
            break;
        }
        var all = TimeProvider.System.GetElapsedTime(started);
        await stop.CancelAsync();
        await pings;
        Row($"50 MB on {name}: written, then read and settled", $"{written.TotalMilliseconds:F0} ms, {(all - written).TotalMilliseconds:F0} ms");
        Row("another client's longest PING meanwhile", $"{worst.TotalMilliseconds:F1} ms");
    }
}
