using System.Diagnostics;
using System.Globalization;
using System.Text.RegularExpressions;
using Slimta.Storage.Redis;

namespace Slimta.Storage.Bench;

/// <summary>Write, claim and settle beside a bare HSET of the same size, in alternation, the median of some rounds.</summary>
internal static partial class Throughput
{
    private const int Bytes = 4096;

    /// <param name="only">A word of the servers' names; null for all.</param>
    public static async Task RunAsync(int rounds, string? only = null)
    {
        Console.WriteLine("| Server | In flight | HSET/s (redis-benchmark) | write/s | HSET / write | claim + settle/s | claim + settle / write | CPU us, server: HSET, write, claim + settle | CPU us, client: write, claim + settle |");
        Console.WriteLine("|---|---|---|---|---|---|---|---|---|");
        foreach (var start in (Func<Task<BenchServer>>[])
        [
            () => BenchServer.RedisAsync("redis-server, fsync always"),
            () => BenchServer.RedisAsync("redis-server, everysec", "--appendfsync", "everysec"),
            () => Task.FromResult(BenchServer.Garnet()),
        ])
        {
            await using var server = await start();
            if (only is not null && !server.Name.Contains(only, StringComparison.OrdinalIgnoreCase))
                continue;
            foreach (var inFlight in (int[])[1, 16, 64])
                await RowAsync(server, inFlight, rounds);
        }
        Console.WriteLine();
    }

    private static async Task RowAsync(BenchServer server, int inFlight, int rounds)
    {
        var count = inFlight == 1 ? 2000 : 20_000;
        var (bare, writes, ends) = (new List<double>(), new List<double>(), new List<double>());
        var (cpuBare, cpuWrite, cpuEnd, clientWrite, clientEnd) = (new List<double>(), new List<double>(), new List<double>(), new List<double>(), new List<double>());
        for (var round = 0; round <= rounds; round++)
        {
            await using var storage = server.Storage($"bench{inFlight}-{round}:");
            await storage.CountAsync();
            var envelope = Messages.OfSize(Bytes);
            var start = await CpuAsync(server);
            var hset = await HsetAsync(server, count, inFlight);
            var afterHset = await CpuAsync(server);
            var write = await Messages.RateAsync(count, inFlight, () => storage.WriteAsync(envelope));
            var afterWrite = await CpuAsync(server);
            var end = await ClaimAndSettleAsync(storage, count, inFlight);
            var afterEnd = await CpuAsync(server);
            // The first round warms up.
            if (round == 0)
                continue;
            bare.Add(hset);
            writes.Add(write);
            ends.Add(end);
            cpuBare.Add((afterHset.Server - start.Server) / count);
            cpuWrite.Add((afterWrite.Server - afterHset.Server) / count);
            cpuEnd.Add((afterEnd.Server - afterWrite.Server) / count);
            clientWrite.Add((afterWrite.Client - afterHset.Client) / count);
            clientEnd.Add((afterEnd.Client - afterWrite.Client) / count);
        }
        Console.WriteLine(string.Create(CultureInfo.InvariantCulture,
            $"| {server.Name} | {inFlight} | {bare.Median():F0} | {writes.Median():F0} | {bare.Median() / writes.Median():F2} | {ends.Median():F0} | {ends.Median() / writes.Median():F2} | {cpuBare.Median():F0}, {cpuWrite.Median():F0}, {cpuEnd.Median():F0} | {clientWrite.Median():F0}, {clientEnd.Median():F0} |"));
    }

    /// <summary>CPU microseconds so far. Garnet shares the client's process: its share cannot be told apart.</summary>
    public static async Task<(double Server, double Client)> CpuAsync(BenchServer server)
    {
        var info = server.Name.StartsWith("Garnet", StringComparison.Ordinal) ? "" : await server.CommandAsync("INFO", "cpu");
        double Of(string name) => info.Contains(name, StringComparison.Ordinal)
            ? double.Parse(info.Split(name + ":")[1].Split('\r')[0], CultureInfo.InvariantCulture) * 1e6 : double.NaN;
        return (Of("used_cpu_sys") + Of("used_cpu_user"), Environment.CpuUsage.TotalTime.TotalMicroseconds);
    }

    private static async Task<double> ClaimAndSettleAsync(RedisStorage storage, int count, int inFlight)
    {
        var started = TimeProvider.System.GetTimestamp();
        var left = count;
        var settling = new List<Task>(count);
        await foreach (var entry in storage.WaitAsync(inFlight))
        {
            settling.Add(entry.SettleAsync(Settlement.Remove()));
            if (--left == 0)
                break;
        }
        await Task.WhenAll(settling);
        return count / TimeProvider.System.GetElapsedTime(started).TotalSeconds;
    }

    private static async Task<double> HsetAsync(BenchServer server, int count, int clients)
    {
        using var process = Process.Start(new ProcessStartInfo("redis-benchmark",
            [.. server.Password is { } password ? new[] { "-a", password } : [], "-p", $"{server.Port}", "-n", $"{count}", "-c", $"{clients}", "-r", "1000000000", "-q", "HSET", "bare:__rand_int__", "content", new string('x', Bytes)])
        { RedirectStandardOutput = true, UseShellExecute = false })!;
        var output = await process.StandardOutput.ReadToEndAsync();
        await process.WaitForExitAsync();
        return double.Parse(Rate().Match(output).Groups["rate"].Value, CultureInfo.InvariantCulture);
    }

    [GeneratedRegex(@"(?<rate>[0-9.]+) requests per second", RegexOptions.ExplicitCapture, matchTimeoutMilliseconds: 1000)]
    private static partial Regex Rate();
}
