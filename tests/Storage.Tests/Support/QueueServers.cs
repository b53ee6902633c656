using System.Net;
using Slimta.Standalone;
using StackExchange.Redis;

namespace Slimta.Storage.Tests.Support;

/// <summary>A server that the contract is run against.</summary>
public interface IQueueServerFixture
{
    ConfigurationOptions Settings { get; }
    int Partitions { get; }
}

/// <summary>redis-server with an append-only file that is synced before each reply.</summary>
public sealed class RedisFixture : IQueueServerFixture, IAsyncLifetime
{
    private RedisProcess? _redis;

    public ConfigurationOptions Settings => ConfigurationOptions.Parse(_redis!.ConnectionString);
    public int Partitions => 1;

    // Each test meets the server anew, and one that rewrites its first file just then is refused: RunTimePromises has that.
    public async Task InitializeAsync() => _redis = await RedisProcess.StartAsync("--auto-aof-rewrite-percentage", "0");
    public async Task DisposeAsync() => await _redis!.DisposeAsync();
}

/// <summary>Garnet in this process, configured as Standalone does.</summary>
public sealed class GarnetFixture : IQueueServerFixture, IAsyncLifetime
{
    private readonly DirectoryInfo _folder = Directory.CreateTempSubdirectory("slimta-garnet-");
    private EmbeddedGarnet? _garnet;

    public ConfigurationOptions Settings => ConfigurationOptions.Parse(_garnet!.ConnectionString);
    public int Partitions => 1;

    public Task InitializeAsync()
    {
        _garnet = EmbeddedGarnet.Start(_folder.FullName, new IPEndPoint(IPAddress.Loopback, RedisProcess.FreePort()));
        return Task.CompletedTask;
    }

    public Task DisposeAsync()
    {
        _garnet!.Dispose();
        _folder.Delete(recursive: true);
        return Task.CompletedTask;
    }
}

/// <summary>A Redis Cluster of three primaries, with 16 partitions spread over them.</summary>
public sealed class ClusterFixture : IQueueServerFixture, IAsyncLifetime
{
    private readonly List<RedisProcess> _nodes = [];

    public ConfigurationOptions Settings => ConfigurationOptions.Parse(string.Join(',', _nodes.Select(n => n.ConnectionString)));
    public int Partitions => 16;

    public async Task InitializeAsync()
    {
        for (var i = 0; i < 3; i++)
            _nodes.Add(await RedisProcess.StartAsync("--cluster-enabled", "yes", "--cluster-node-timeout", "2000"));
        int[] edges = [0, 5461, 10923, 16384];
        for (var i = 0; i < 3; i++)
            await _nodes[i].CommandAsync("CLUSTER", "ADDSLOTSRANGE", edges[i], edges[i + 1] - 1);
        for (var i = 1; i < 3; i++)
            await _nodes[i].CommandAsync("CLUSTER", "MEET", "127.0.0.1", _nodes[0].Port);
        foreach (var node in _nodes)
        {
            while (!(await node.CommandAsync("CLUSTER", "INFO")).Contains("cluster_state:ok", StringComparison.Ordinal)
                || !(await node.CommandAsync("CLUSTER", "INFO")).Contains("cluster_known_nodes:3", StringComparison.Ordinal))
                await Task.Delay(TimeSpan.FromMilliseconds(50), TimeProvider.System);
        }
    }

    public async Task DisposeAsync()
    {
        foreach (var node in _nodes)
            await node.DisposeAsync();
    }
}
