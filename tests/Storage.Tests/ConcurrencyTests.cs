using System.Collections.Concurrent;
using Microsoft.Extensions.Time.Testing;
using Slimta.Storage.Redis;
using Slimta.Storage.Tests.Support;
using StackExchange.Redis;

namespace Slimta.Storage.Tests;

/// <summary>
/// Eight producers and eight consumers, with everything that goes wrong: consumers that stall past their leases, lost connections,
/// random settlements. Judged from the server's own log of commands.
/// </summary>
public sealed class ConcurrencyTests : IAsyncLifetime
{
    private const int Parties = 8;
    private const int Messages = 20_000;
    private static readonly TimeSpan Lease = TimeSpan.FromSeconds(2);

    private readonly ConcurrentDictionary<string, bool> _written = new();
    private readonly ConcurrentDictionary<string, bool> _gone = new();
    private readonly CancellationTokenSource _done = new(TimeSpan.FromMinutes(5));
    private RedisProcess _redis = null!;

    public async Task InitializeAsync() => _redis = await RedisProcess.StartAsync();

    public async Task DisposeAsync()
    {
        await _redis.DisposeAsync();
        _done.Dispose();
    }

    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    public async Task Every_message_is_settled_once_and_no_two_leases_on_it_are_live_at_once(int seed)
    {
        await using var log = new CommandLog(_redis.Port, line =>
            line.Contains(":leases\"", StringComparison.Ordinal) || line.Contains(":schedule\"", StringComparison.Ordinal)
            || line.Contains("\"UNLINK\"", StringComparison.Ordinal));
        await log.StartedAsync();

        var cutter = CutConnectionsAsync(seed);
        await Task.WhenAll(Enumerable.Range(0, Parties).Select(p => Task.Run(() => ProduceAsync(new Random(seed * 100 + p))))
            .Concat(Enumerable.Range(0, Parties).Select(c => Task.Run(() => ConsumeAsync(new Random(seed * 1000 + c), stalls: c == 0)))));
        await cutter;

        var judge = new LeaseJudge(await log.StopAsync());
        Assert.Empty(judge.Overlaps);
        Assert.Equal(_written.Keys.Order(), judge.Removed.Keys.Order());
        Assert.All(judge.Removed, r => Assert.Equal(1, r.Value));
        Assert.True(judge.Expired > 0, "No lease ran out: the test did not test that.");
        await using var storage = Storage(null);
        Assert.Equal(0, (await storage.CountAsync()).Total);
    }

    private async Task ProduceAsync(Random random)
    {
        await using var storage = Storage(null, "producer");
        for (var i = 0; i < Messages / Parties; i += 25)
        {
            var ids = await Task.WhenAll(Enumerable.Range(0, 25).Select(_ => storage.WriteAsync(
                Mail.ToThree(), random.Next(4) == 0 ? Due.After(TimeSpan.FromMilliseconds(random.Next(1500))) : Due.Now)));
            foreach (var id in ids)
                Assert.True(_written.TryAdd(id, true));
        }
    }

    private async Task ConsumeAsync(Random random, bool stalls)
    {
        // A process that was stopped and goes on: its clock stands still, so it neither renews nor knows that its leases ran out.
        await using var storage = Storage(stalls ? new FakeTimeProvider() : null);
        var work = new List<Task>();
        try
        {
            await foreach (var entry in storage.WaitAsync(16, _done.Token))
            {
                var (choice, stall) = (random.Next(10), stalls && random.Next(4) == 0);
                work.Add(Task.Run(() => HandleAsync(storage, entry, choice, stall)));
            }
        }
        catch (OperationCanceledException) when (_gone.Count == Messages)
        {
            // All done.
        }
        await Task.WhenAll(work);
    }

    private async Task HandleAsync(RedisStorage storage, QueueEntry entry, int choice, bool stall)
    {
        if (stall)
            await Task.Delay(Lease * 1.3, TimeProvider.System);
        while (true)
        {
            try
            {
                await SettleAsync(storage, entry, choice);
                break;
            }
            catch (LeaseLostException)
            {
                // It stalled too long; or was cut off after the server had done it.
                if (choice >= 7 || await ExistsAsync(storage, entry.Id))
                    return;
                break;
            }
            catch (QueueUnavailableException)
            {
                await Task.Delay(TimeSpan.FromMilliseconds(20), TimeProvider.System);
            }
        }
        if (choice < 7 && _gone.TryAdd(entry.Id, true) && _gone.Count == Messages)
            await _done.CancelAsync();
    }

    private static Task SettleAsync(RedisStorage storage, QueueEntry entry, int choice) => choice switch
    {
        < 7 => entry.SettleAsync(Settlement.Remove() with { Attempt = Mail.Attempt() }),
        7 => entry.ReleaseAsync(),
        _ => entry.SettleAsync(Settlement.Retry(TimeSpan.FromMilliseconds(50)) with { Attempt = Mail.Attempt(), Completed = [choice - 8] }),
    };

    private static async Task<bool> ExistsAsync(RedisStorage storage, string id)
    {
        while (true)
        {
            try
            {
                await storage.GetAsync(id);
                return true;
            }
            catch (KeyNotFoundException)
            {
                return false;
            }
            catch (QueueUnavailableException)
            {
                await Task.Delay(TimeSpan.FromMilliseconds(20), TimeProvider.System);
            }
        }
    }

    private async Task CutConnectionsAsync(int seed)
    {
        var random = new Random(seed);
        await using var connection = await ConnectionMultiplexer.ConnectAsync(_redis.ConnectionString + ",allowAdmin=true");
        var server = connection.GetServers()[0];
        while (!_done.IsCancellationRequested)
        {
            await Task.Delay(TimeSpan.FromMilliseconds(500), TimeProvider.System);
            var consumers = (await server.ClientListAsync()).Where(c => c.Name == "consumer").ToArray();
            if (consumers.Length > 0)
                await server.ClientKillAsync(id: random.GetItems(consumers, 1)[0].Id);
        }
    }

    /// <summary>Producers keep their connections, since a write that is cut off is not repeated; consumers lose theirs.</summary>
    private RedisStorage Storage(TimeProvider? time, string client = "consumer")
    {
        var settings = ConfigurationOptions.Parse(_redis.ConnectionString);
        settings.ClientName = client;
        return new(settings, new QueueOptions { BodyConnections = 1, Lease = Lease, MaxHandOuts = 1000, Timeout = TimeSpan.FromSeconds(30) }, time);
    }
}

/// <summary>Reads the server's log: who held which lease when, by the server's clock.</summary>
internal sealed class LeaseJudge
{
    private readonly Dictionary<string, (string Token, long Until)> _live = [];

    public LeaseJudge(List<(long Time, string[] Words)> commands)
    {
        var due = new Dictionary<string, long>();
        foreach (var (time, words) in commands)
        {
            switch (words)
            {
                case ["ZADD", _, "XX", .. var pairs]:
                    for (var i = 0; i < pairs.Length; i += 2)
                        due[pairs[i + 1]] = (long)double.Parse(pairs[i]);
                    break;
                case ["ZADD", _, .. var pairs]:
                    for (var i = 0; i < pairs.Length; i += 2)
                        due[pairs[i + 1]] = (long)double.Parse(pairs[i]);
                    break;
                case ["HSET", var key, .. var pairs] when key.EndsWith(":leases", StringComparison.Ordinal):
                    for (var i = 0; i < pairs.Length; i += 2)
                        Leased(time, pairs[i], pairs[i + 1], due.GetValueOrDefault(pairs[i]));
                    break;
                case ["HDEL", var key, .. var ids] when key.EndsWith(":leases", StringComparison.Ordinal):
                    foreach (var id in ids)
                        _live.Remove(id);
                    break;
                case ["UNLINK", .. var keys]:
                    foreach (var key in keys.Where(key => key.Contains(":message:", StringComparison.Ordinal)))
                    {
                        var removed = key[(key.LastIndexOf(':') + 1)..];
                        Removed[removed] = Removed.GetValueOrDefault(removed) + 1;
                    }
                    break;
            }
        }
    }

    public List<string> Overlaps { get; } = [];
    public Dictionary<string, int> Removed { get; } = [];

    /// <summary>Leases that ran out and were followed by another.</summary>
    public int Expired { get; private set; }

    private void Leased(long time, string id, string lease, long until)
    {
        var (token, owner) = (lease.Split('|')[0], lease.Split('|')[2]);
        if (owner.Length == 0)
        {
            _live.Remove(id);
            return;
        }
        if (_live.TryGetValue(id, out var before) && before.Token != token)
        {
            Expired++;
            // Its time in the schedule is when the lease before this one ends.
            if (until > time)
                Overlaps.Add($"{id}: {token} handed out at {time} while {before.Token} ran until {until}");
            if (long.Parse(token) <= long.Parse(before.Token))
                Overlaps.Add($"{id}: token {token} after {before.Token}");
        }
        _live[id] = (token, until);
    }
}
