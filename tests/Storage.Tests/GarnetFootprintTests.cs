using System.Globalization;
using System.Net;
using Slimta.Standalone;
using Slimta.Storage.Redis;
using Slimta.Storage.Tests.Support;
using StackExchange.Redis;

namespace Slimta.Storage.Tests;

/// <summary>What messages that are gone leave behind on an embedded Garnet: what became of the last of them, in memory and on disk.</summary>
public sealed class GarnetFootprintTests : IDisposable
{
    private const int LogBytes = 4 << 20;
    private const int LogFile = 32 << 20;
    private const int Passing = 2500;
    private const int History = 1000;
    private const int LargeContent = 63 << 10;
    private const int SmallContent = 1 << 10;

    private readonly DirectoryInfo _folder = Directory.CreateTempSubdirectory("slimta-garnet-");

    public void Dispose() => _folder.Delete(recursive: true);

    [Fact]
    public async Task A_message_that_passed_leaves_no_record_but_its_bounded_history()
    {
        // A log that no checkpoint cuts meanwhile: while one is taken, no room is used again.
        using var garnet = Start(EmbeddedGarnet.DefaultLogBytes);
        await using var storage = Storage(garnet);
        await PassAsync(storage, Passing, SmallContent);
        // The log also grows with time, so these are quick.
        var before = await LogAsync(garnet);
        await PassAsync(storage, Passing, SmallContent);
        var grown = await LogAsync(garnet) - before;
        Assert.True(grown < 8 * Passing, $"{Passing} messages that are gone left {grown} bytes in Garnet's log");
        Assert.Equal(History, await EndedAsync(garnet));
    }

    [Fact]
    public async Task The_folder_stays_bounded_and_keeps_the_message_that_did_not_pass()
    {
        string kept;
        using (var garnet = Start(LogBytes))
        {
            await using var storage = Storage(garnet);
            kept = await storage.WriteAsync(Mail.ToThree());
            await PassAsync(storage, Passing, LargeContent);
            await PassAsync(storage, Passing, SmallContent);
            Assert.Equal(History, await EndedAsync(garnet));
            await ShrunkAsync();
        }

        using var again = Start(LogBytes);
        await using var recovered = Storage(again);
        Assert.Equal(1, (await recovered.CountAsync()).Total);
        Assert.Equal(History, await EndedAsync(again));
        Assert.Equal(Mail.Content, await (await recovered.GetAsync(kept)).Envelope.Content.ToArrayAsync());
    }

    private EmbeddedGarnet Start(long logBytes) => EmbeddedGarnet.Start(_folder.FullName, new IPEndPoint(IPAddress.Loopback, RedisProcess.FreePort()), logBytes);

    private static RedisStorage Storage(EmbeddedGarnet garnet) =>
        new(ConfigurationOptions.Parse(garnet.ConnectionString), new QueueOptions { Timeout = TimeSpan.FromSeconds(30), HistoryMessages = History });

    private static async Task PassAsync(RedisStorage storage, int count, int bytes)
    {
        var content = Mail.Bytes(bytes);
        await Parallel.ForEachAsync(Enumerable.Range(0, count), new ParallelOptions { MaxDegreeOfParallelism = 32 }, async (_, token) =>
            await storage.RemoveAsync(await storage.WriteAsync(Mail.ToThree() with { Content = content }, cancellationToken: token), cancellationToken: token));
    }

    private static async Task<long> EndedAsync(EmbeddedGarnet garnet)
    {
        await using var connection = await ConnectionMultiplexer.ConnectAsync(garnet.ConnectionString);
        return await connection.GetDatabase().HashLengthAsync(new Partition("slimta:", 0).History);
    }

    private static async Task<long> LogAsync(EmbeddedGarnet garnet)
    {
        await using var connection = await ConnectionMultiplexer.ConnectAsync($"{garnet.ConnectionString},allowAdmin=true");
        var store = (await connection.GetServers()[0].InfoAsync("store")).SelectMany(section => section).ToDictionary(pair => pair.Key, pair => pair.Value);
        return long.Parse(store["Log.TailAddress"], CultureInfo.InvariantCulture);
    }

    /// <summary>
    /// The checkpoint that cuts the log comes within seconds. Two files of the log and 16 MiB of a checkpoint's index are less than
    /// the 161 MB that have passed.
    /// </summary>
    private async Task ShrunkAsync()
    {
        using var patience = new CancellationTokenSource(TimeSpan.FromMinutes(1));
        while (_folder.EnumerateFiles("*", SearchOption.AllDirectories).Sum(file => file.Length) > (2 * LogFile) + (20 << 20))
            await Task.Delay(TimeSpan.FromMilliseconds(200), TimeProvider.System, patience.Token);
    }
}
