using Slimta.Storage.Redis;
using Slimta.Storage.Tests.Support;
using StackExchange.Redis;

namespace Slimta.Storage.Tests;

/// <summary>The durability barrier says yes only for the server process that has the change in its memory.</summary>
public sealed class BarrierTests : IAsyncLifetime
{
    private GarnetProcess _garnet = null!;
    private RedisConnections _connections = null!;
    private DurabilityBarrier _barrier = null!;

    public async Task InitializeAsync()
    {
        _garnet = await GarnetProcess.StartAsync();
        _connections = new RedisConnections(ConfigurationOptions.Parse(_garnet.ConnectionString), new QueueOptions { BodyConnections = 1 });
        await _connections.OpenAsync();
        _barrier = new DurabilityBarrier(_connections, "marker") { Kind = BarrierKind.CommitAof };
    }

    public async Task DisposeAsync()
    {
        await _connections.DisposeAsync();
        await _garnet.DisposeAsync();
    }

    [Fact]
    public async Task It_holds_for_all_who_wait_while_the_server_runs()
    {
        var mark = await _barrier.MarkAsync();
        await Task.WhenAll(Enumerable.Range(0, 200).Select(_ => _barrier.WaitAsync(mark)));
        Assert.Equal(mark, await _barrier.MarkAsync());
    }

    [Fact]
    public async Task It_does_not_hold_while_the_server_is_away()
    {
        var mark = await _barrier.MarkAsync();
        await _garnet.KillAsync();

        await Assert.ThrowsAnyAsync<Exception>(() => _barrier.WaitAsync(mark));
        await Assert.ThrowsAnyAsync<Exception>(() => _barrier.WaitAsync(mark));
    }

    [Fact]
    public async Task It_does_not_hold_for_what_was_sent_before_the_server_was_restarted()
    {
        var before = await _barrier.MarkAsync();
        await _garnet.KillAsync();
        await _garnet.StartAgainAsync();
        while (!_connections.BarrierConnection.IsConnected)
            await Task.Delay(TimeSpan.FromMilliseconds(20), TimeProvider.System);

        await Assert.ThrowsAsync<RedisException>(() => _barrier.WaitAsync(before));
        var after = await _barrier.MarkAsync();
        Assert.NotEqual(before, after);
        await _barrier.WaitAsync(after);
    }
}
