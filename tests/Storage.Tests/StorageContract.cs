using Slimta.Storage.Redis;
using Slimta.Storage.Tests.Servers;

namespace Slimta.Storage.Tests;

/// <summary>
/// What every server must do for the queue. Each test has its own prefix, so that tests share a server and nothing else.
/// </summary>
public abstract partial class StorageContract(IQueueServerFixture server) : IAsyncLifetime
{
    // Long enough for a slow machine; only a failure waits for it.
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(60);

    private readonly List<RedisStorage> _storages = [];
    private readonly string _prefix = $"t{Guid.NewGuid().ToString("N")[..10]}:";
    private readonly CancellationTokenSource _patience = new(Patience);

    private CancellationToken Soon => _patience.Token;

    private RedisStorage Storage { get; set; } = null!;

    public Task InitializeAsync()
    {
        Storage = NewStorage();
        return Task.CompletedTask;
    }

    public async Task DisposeAsync()
    {
        foreach (var storage in _storages)
            await storage.DisposeAsync();
        _patience.Dispose();
    }

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

    /// <summary>The next message that a storage hands out.</summary>
    private async Task<QueueEntry> NextAsync(RedisStorage? storage = null) => (await NextAsync(1, storage))[0];

    private async Task<List<QueueEntry>> NextAsync(int count, RedisStorage? storage = null)
    {
        var entries = new List<QueueEntry>();
        await foreach (var entry in (storage ?? Storage).WaitAsync(count, Soon))
        {
            entries.Add(entry);
            if (entries.Count == count)
                break;
        }
        return entries;
    }

    private async Task<List<string>> LoadedAsync()
    {
        var ids = new List<string>();
        await foreach (var (_, id) in Storage.LoadAsync(Soon))
            ids.Add(id);
        return ids;
    }
}

public sealed class RedisContract(RedisFixture server) : StorageContract(server), IClassFixture<RedisFixture>;

public sealed class ClusterContract(ClusterFixture server) : StorageContract(server), IClassFixture<ClusterFixture>;

public sealed class GarnetContract(GarnetFixture server) : StorageContract(server), IClassFixture<GarnetFixture>;
