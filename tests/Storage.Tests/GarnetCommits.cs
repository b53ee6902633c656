using System.Globalization;
using System.Net;
using Slimta.Standalone;
using Slimta.Storage.Tests.Servers;
using StackExchange.Redis;

namespace Slimta.Storage.Tests;

/// <summary>What nobody waits for, as a large message's chunks, comes to the disk all the same.</summary>
public sealed class GarnetCommits : IDisposable
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

    private static async Task<long> AddressAsync(ConnectionMultiplexer connection, string name)
    {
        var lines = (await connection.GetServers()[0].InfoAsync("persistence")).SelectMany(section => section);
        return long.Parse(lines.First(line => line.Key == name).Value, CultureInfo.InvariantCulture);
    }
}
