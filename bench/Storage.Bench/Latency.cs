using System.Diagnostics;
using System.Globalization;
using Slimta.Storage.Redis;
using StackExchange.Redis;

namespace Slimta.Storage.Bench;

/// <summary>From the start of a write in one process to the content in the hands of a sleeping consumer in another.</summary>
internal static class Latency
{
    private const string Prefix = "latency:";
    private const int Count = 300;

    public static async Task RunAsync()
    {
        await using var server = await BenchServer.RedisAsync("redis-server, fsync always");
        using var consumer = Process.Start(new ProcessStartInfo("dotnet", ["exec", typeof(Latency).Assembly.Location, "consume", server.ConnectionString])
        { RedirectStandardOutput = true, UseShellExecute = false })!;
        await using var storage = server.Storage(Prefix);
        var times = new List<double>();
        for (var i = 0; i < Count + 20; i++)
        {
            // Idle in between, as the consumer has to be woken each time.
            await Task.Delay(TimeSpan.FromMilliseconds(10), TimeProvider.System);
            var content = new byte[4096];
            BitConverter.TryWriteBytes(content, Stopwatch.GetTimestamp());
            await storage.WriteAsync(Messages.OfSize(0) with { Content = content });
            var line = await consumer.StandardOutput.ReadLineAsync();
            if (i >= 20)
                times.Add(double.Parse(line!, CultureInfo.InvariantCulture));
        }
        consumer.Kill();
        times.Sort();
        Console.WriteLine("| Write to content in another process, idle | ms |");
        Console.WriteLine("|---|---|");
        Console.WriteLine(string.Create(CultureInfo.InvariantCulture, $"| median | {times[Count / 2]:F2} |"));
        Console.WriteLine(string.Create(CultureInfo.InvariantCulture, $"| 99 of 100 | {times[Count * 99 / 100]:F2} |"));
        Console.WriteLine();
    }

    public static async Task ConsumeAsync(string connection)
    {
        await using var storage = new RedisStorage(ConfigurationOptions.Parse(connection), new QueueOptions { Prefix = Prefix });
        await foreach (var entry in storage.WaitAsync(4))
        {
            // The monotonic clock is one for all processes of a Linux machine.
            var content = await entry.Message.Envelope.Content.ToArrayAsync();
            var elapsed = Stopwatch.GetElapsedTime(BitConverter.ToInt64(content));
            Console.WriteLine(elapsed.TotalMilliseconds.ToString(CultureInfo.InvariantCulture));
            await storage.RemoveAsync(entry.Id, entry.Lease);
        }
    }
}
