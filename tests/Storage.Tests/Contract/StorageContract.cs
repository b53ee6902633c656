using Slimta.Storage.Redis;
using Slimta.Storage.Tests.Support;

namespace Slimta.Storage.Tests;

/// <summary>
/// What every server must do for the queue, beside the contract that every storage keeps. Each test has its own prefix, so that tests
/// share a server and nothing else.
/// </summary>
public abstract partial class StorageContract(IQueueServerFixture server) : QueueContract
{
    private readonly List<RedisStorage> _storages = [];
    private readonly string _prefix = $"t{Guid.NewGuid().ToString("N")[..10]}:";

    private RedisStorage Storage => (RedisStorage)Queue;

    public override async Task DisposeAsync()
    {
        foreach (var storage in _storages)
            await storage.DisposeAsync();
        await base.DisposeAsync();
    }

    protected override IQueueStorage NewQueue() => NewStorage();

    /// <summary>Another process's view of the same queue.</summary>
    private RedisStorage NewStorage(Action<QueueOptions>? configure = null)
    {
        var options = new QueueOptions
        {
            Prefix = _prefix,
            Partitions = server.Partitions,
            BodyConnections = 2,
            Owner = $"test-{_storages.Count}",
            // A machine under load: only a failure waits for it.
            Timeout = TimeSpan.FromSeconds(30),
        };
        configure?.Invoke(options);
        var storage = new RedisStorage(server.Settings, options);
        _storages.Add(storage);
        return storage;
    }
}

public sealed class RedisContract(RedisFixture server) : StorageContract(server), IClassFixture<RedisFixture>;

public sealed class ClusterContract(ClusterFixture server) : StorageContract(server), IClassFixture<ClusterFixture>;

public sealed class GarnetContract(GarnetFixture server) : StorageContract(server), IClassFixture<GarnetFixture>;
