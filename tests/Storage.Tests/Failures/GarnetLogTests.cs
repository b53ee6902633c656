using System.Globalization;
using System.Net;
using Slimta.Standalone;
using Slimta.Storage.Redis;
using Slimta.Storage.Tests.Support;
using StackExchange.Redis;

namespace Slimta.Storage.Tests;

/// <summary>What comes to the disk of a Garnet, and what does not have to.</summary>
public sealed class GarnetLogTests : IDisposable
{
    private readonly DirectoryInfo _folder = Directory.CreateTempSubdirectory("slimta-garnet-");
    private readonly CancellationTokenSource _patience = new(TimeSpan.FromSeconds(30));

    public void Dispose()
    {
        _folder.Delete(recursive: true);
        _patience.Dispose();
    }

    [Fact]
    public async Task What_was_written_is_committed_soon_without_a_barrier()
    {
        using var garnet = EmbeddedGarnet.Start(_folder.FullName, new IPEndPoint(IPAddress.Loopback, RedisProcess.FreePort()));
        await using var connection = await ConnectionMultiplexer.ConnectAsync($"{garnet.ConnectionString},allowAdmin=true");
        for (var i = 0; i < 3; i++)
        {
            await connection.GetDatabase().StringSetAsync("chunk", Mail.Bytes(32 << 10));
            var written = await AddressAsync(connection, "TailAddress");
            while (await AddressAsync(connection, "CommittedUntilAddress") < written)
                await Task.Delay(TimeSpan.FromMilliseconds(10), TimeProvider.System, _patience.Token);
        }
    }

    [Fact]
    public async Task The_scripts_of_a_server_are_tried_once()
    {
        const int OfATry = 500;
        using var garnet = EmbeddedGarnet.Start(_folder.FullName, new IPEndPoint(IPAddress.Loopback, RedisProcess.FreePort()));
        await using var connection = await ConnectionMultiplexer.ConnectAsync($"{garnet.ConnectionString},allowAdmin=true");
        await using var storage = new RedisStorage(ConfigurationOptions.Parse(garnet.ConnectionString), new QueueOptions { BodyConnections = 1 });
        await storage.CheckServerAsync();
        var tried = await AddressAsync(connection, "TailAddress");
        Assert.True(tried > OfATry, $"a try writes to the log; it has {tried} bytes");

        await storage.CheckServerAsync();
        Assert.InRange(await AddressAsync(connection, "TailAddress") - tried, 0, OfATry);
    }

    private static async Task<long> AddressAsync(ConnectionMultiplexer connection, string name)
    {
        var lines = (await connection.GetServers()[0].InfoAsync("persistence")).SelectMany(section => section);
        return long.Parse(lines.First(line => line.Key == name).Value, CultureInfo.InvariantCulture);
    }
}
