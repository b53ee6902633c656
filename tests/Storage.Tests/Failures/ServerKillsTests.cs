using System.Collections.Concurrent;
using Slimta.Storage.Redis;
using Slimta.Storage.Tests.Support;
using StackExchange.Redis;

namespace Slimta.Storage.Tests;

/// <summary>
/// The server is killed again and again while messages are written, claimed and settled. What was acknowledged holds: a written
/// message is there, a settled one does not come back, and when all have gone nothing else is left either.
/// </summary>
public sealed class ServerKillsTests
{
    private const int Kills = 8;
    private const int AcknowledgedBetween = 150;

    /// <summary>Of the key on which Garnet's scripts are tried.</summary>
    private static readonly TimeSpan LongestExpiry = TimeSpan.FromSeconds(65);

    private readonly ConcurrentDictionary<string, bool> _written = new();
    private readonly ConcurrentDictionary<string, bool> _settled = new();
    private readonly ConcurrentDictionary<string, bool> _perhapsSettled = new();
    private readonly ConcurrentBag<string> _cameBack = [];
    private readonly WarningLog _log = new();
    private readonly CancellationTokenSource _patience = new(TimeSpan.FromMinutes(5));
    private readonly CancellationTokenSource _stopWriting = new();
    private readonly CancellationTokenSource _drained = new();

    [Fact]
    public async Task Nothing_that_redis_acknowledged_is_lost_when_it_is_killed()
    {
        await using var server = await RedisProcess.StartAsync();
        await RunAsync(server);
    }

    [Fact]
    public async Task Nothing_that_garnet_acknowledged_is_lost_when_it_is_killed()
    {
        // So small that checkpoints are among what the kills hit.
        await using var server = await GarnetProcess.StartAsync(logBytes: 1 << 20);
        await RunAsync(server);
    }

    private async Task RunAsync(IKillableServer server)
    {
        try
        {
            await KillAgainAndAgainAsync(server);
        }
        finally
        {
            // Also after a failure: nothing goes on when the server has gone.
            await _stopWriting.CancelAsync();
            await _drained.CancelAsync();
        }
    }

    private async Task KillAgainAndAgainAsync(IKillableServer server)
    {
        var writers = Enumerable.Range(0, 8).Select(_ => Task.Run(() => WriteAsync(server))).ToList();
        var consumers = Enumerable.Range(0, 4).Select(_ => Task.Run(() => ConsumeAsync(server))).ToList();

        for (var kill = 1; kill <= Kills; kill++)
        {
            var enough = _written.Count + AcknowledgedBetween;
            while (_written.Count < enough)
                await Task.Delay(TimeSpan.FromMilliseconds(5), TimeProvider.System, _patience.Token);
            await server.KillAsync();
            await server.StartAgainAsync();
        }
        await _stopWriting.CancelAsync();
        await Task.WhenAll(writers);
        await UntilEmptyAsync(server);
        Assert.Equal("", string.Join(' ', await LeftAsync(server)));
        await _drained.CancelAsync();
        await Task.WhenAll(consumers);

        var lost = _written.Keys.Except(_settled.Keys).Except(_perhapsSettled.Keys).ToList();
        Assert.True(lost.Count == 0, $"lost: {string.Join(' ', lost)}; said of them: {string.Join(" | ", _log.Messages.Where(line => lost.Exists(id => line.Contains(id, StringComparison.Ordinal))))}");
        Assert.Equal("", string.Join(' ', _cameBack));
        Assert.True(_written.Count >= Kills * AcknowledgedBetween);
    }

    private async Task WriteAsync(IKillableServer server)
    {
        await using var storage = Storage(server);
        while (!_stopWriting.IsCancellationRequested)
        {
            try
            {
                _written.TryAdd(await storage.WriteAsync(Mail.ToThree()), true);
            }
            catch (QueueUnavailableException)
            {
                await Task.Delay(TimeSpan.FromMilliseconds(20), TimeProvider.System, _patience.Token);
            }
        }
    }

    private async Task ConsumeAsync(IKillableServer server)
    {
        await using var storage = Storage(server);
        try
        {
            await foreach (var entry in storage.WaitAsync(8, _drained.Token))
            {
                // Given back if it cannot be settled; a lease that is not let go of is renewed for ever.
                await using var held = entry;
                if (_settled.ContainsKey(entry.Id))
                    _cameBack.Add(entry.Id);
                try
                {
                    await entry.SettleAsync(Settlement.Remove() with { Attempt = Mail.Attempt() });
                    _settled.TryAdd(entry.Id, true);
                }
                catch (QueueException)
                {
                    // Done or not; if not, it comes again when the lease runs out.
                    _perhapsSettled.TryAdd(entry.Id, true);
                }
            }
        }
        catch (OperationCanceledException)
        {
            // Drained.
        }
    }

    private async Task UntilEmptyAsync(IKillableServer server)
    {
        await using var storage = Storage(server);
        while ((await storage.CountAsync(_patience.Token)).Total > 0)
            await Task.Delay(TimeSpan.FromMilliseconds(100), TimeProvider.System, _patience.Token);
    }

    /// <summary>What is still there when consumers have looked at the empty queue, and what expires has done so.</summary>
    private async Task<List<string>> LeftAsync(IKillableServer server)
    {
        await using var connection = await ConnectionMultiplexer.ConnectAsync(server.ConnectionString);
        var database = connection.GetDatabase();
        var partition = new Partition("slimta:", 0);
        var state = partition.State;
        var started = TimeProvider.System.GetTimestamp();
        while (true)
        {
            // Garnet's KEYS names some that are gone, and some twice: it goes by old records too.
            var left = connection.GetServers()[0].Keys().Distinct().Where(key => key != state && key != partition.Ended && key != partition.History && database.KeyExists(key)).Select(key => key.ToString()).ToList();
            if ((long)await database.HashGetAsync(state, "bytes") is var bytes and not 0)
                left.Add($"bytes = {bytes}");
            if (left.Count == 0 || TimeProvider.System.GetElapsedTime(started) > LongestExpiry)
                return left;
            await Task.Delay(TimeSpan.FromMilliseconds(100), TimeProvider.System, _patience.Token);
        }
    }

    private RedisStorage Storage(IKillableServer server) => new(
        ConfigurationOptions.Parse(server.ConnectionString),
        new QueueOptions { BodyConnections = 1, Lease = TimeSpan.FromSeconds(2), MaxHandOuts = 1000, Timeout = TimeSpan.FromSeconds(10) },
        log: _log);
}
