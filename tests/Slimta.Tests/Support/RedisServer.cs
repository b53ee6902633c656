using Slimta.Storage.Tests.Support;

namespace Slimta.Tests;

/// <summary>The redis-server that a collection of tests shares; each host has its own queue in it.</summary>
public sealed class RedisServer : IAsyncLifetime
{
    internal RedisProcess Process { get; private set; } = null!;

    public async Task InitializeAsync() => Process = await RedisProcess.StartAsync();

    public async Task DisposeAsync() => await Process.DisposeAsync();
}

[CollectionDefinition("edge")]
public sealed class EdgeCollection : ICollectionFixture<RedisServer>;

[CollectionDefinition("relay")]
public sealed class RelayCollection : ICollectionFixture<RedisServer>;
