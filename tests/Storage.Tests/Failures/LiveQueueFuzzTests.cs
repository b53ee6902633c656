using System.Collections.Concurrent;
using Slimta.Storage.Redis;
using Slimta.Storage.Tests.Support;
using Xunit.Abstractions;

namespace Slimta.Storage.Tests;

/// <summary>
/// A queue at work, and beside it random values in every field and key of it: what was not damaged is delivered, what was is
/// delivered, held with a reason or told to be gone, and nothing ends the loop that hands mail out.
/// </summary>
public abstract class LiveQueueFuzzTests(IQueueServerFixture server, ITestOutputHelper output) : IAsyncLifetime
{
    private const int Rounds = 250;

    // Only a failure waits for it.
    private readonly CancellationTokenSource _patience = new(TimeSpan.FromMinutes(3));
    private readonly CancellationTokenSource _over = new();
    private readonly string _prefix = $"f{Guid.NewGuid().ToString("N")[..10]}:";
    private readonly WarningLog _log = new();
    private readonly ConcurrentDictionary<string, int> _delivered = new();
    private readonly ConcurrentQueue<string> _faults = new();
    private readonly SemaphoreSlim _progress = new(0);
    private readonly int _seed = int.TryParse(Environment.GetEnvironmentVariable("FUZZ_SEED"), out var given) ? given : Random.Shared.Next();

    private RedisStorage _writer = null!;
    private RedisStorage _relay = null!;
    private QueueDamage _damage = null!;

    public async Task InitializeAsync()
    {
        output.WriteLine($"FUZZ_SEED={_seed}");
        _writer = NewStorage("edge");
        _relay = NewStorage("relay");
        await _relay.CheckServerAsync();
        _damage = await QueueDamage.StartAsync(server.Settings, new Partition(_prefix, 0), new Random(_seed));
    }

    public async Task DisposeAsync()
    {
        await _damage.DisposeAsync();
        await _writer.DisposeAsync();
        await _relay.DisposeAsync();
        _patience.Dispose();
        _over.Dispose();
        _progress.Dispose();
    }

    [Fact]
    public async Task Mail_flows_past_whatever_stands_in_the_keys()
    {
        var random = new Random(_seed);
        var relay = Task.Run(DeliverAsync);
        var operating = Task.Run(OperateAsync);
        var written = new List<string>();
        for (var round = 0; round < Rounds; round++)
        {
            written.AddRange(await WriteAsync(random));
            await _damage.DoAsync(written.Count == 0 ? null : written[^random.Next(1, Math.Min(written.Count, 12) + 1)], round);
        }
        await _damage.EndAsync();
        written.AddRange(await WriteAsync(random));

        foreach (var id in written)
            await ResolvedAsync(id, relay);
        // And health is good again.
        while (_relay.Problem is not null && !_patience.IsCancellationRequested)
            await Task.Delay(TimeSpan.FromMilliseconds(50), TimeProvider.System);
        Assert.Null(_relay.Problem);
        await _over.CancelAsync();
        await Task.WhenAll(relay, operating);

        output.WriteLine($"{written.Count} written, {_damage.Damaged.Count} damaged, {_delivered.Count} delivered");
        Assert.True(_faults.IsEmpty, $"FUZZ_SEED={_seed}\n{string.Join("\n", _faults.Distinct().Take(20))}");
    }

    private RedisStorage NewStorage(string owner) => new(server.Settings, new QueueOptions
    {
        Prefix = _prefix,
        Owner = owner,
        BodyConnections = 2,
        InlineBytes = 1024,
        Lease = TimeSpan.FromSeconds(3),
        HeartbeatTimeout = TimeSpan.FromSeconds(2),
        PollInterval = TimeSpan.FromMilliseconds(200),
        Timeout = TimeSpan.FromSeconds(30),
    }, log: _log);

    /// <summary>Some messages at once, some large, some with a key.</summary>
    private async Task<IEnumerable<string>> WriteAsync(Random random)
    {
        var before = _damage.Epoch;
        var writes = Enumerable.Range(0, random.Next(1, 5)).Select(async i =>
        {
            var (large, keyed) = (random.Next(5) == 0, i == 0 && random.Next(4) == 0);
            var key = keyed ? _damage.NextIdempotencyKey() : null;
            try
            {
                var envelope = Mail.ToThree() with { Content = large ? Mail.Bytes(random.Next(2000, 600_000)) : Mail.Content };
                return await _writer.WriteAsync(envelope, options: new WriteOptions { IdempotencyKey = key }, cancellationToken: _patience.Token);
            }
            catch (QueueException refused) when (large || keyed || (refused is QueueFormatException && _damage.WasSwappedSince(before)))
            {
                // Nobody was told that it is in the queue.
                return null;
            }
        }).ToList();
        return (await Task.WhenAll(writes)).OfType<string>();
    }

    /// <summary>As a relay does it.</summary>
    private async Task DeliverAsync()
    {
        var random = new Random(_seed + 1);
        try
        {
            await foreach (var entry in _relay.WaitAsync(20, _over.Token))
            {
                await using (entry)
                {
                    try
                    {
                        await SettleAsync(entry, random.Next(10));
                    }
                    catch (Exception error) when (error is QueueException or ArgumentOutOfRangeException)
                    {
                        // Its lease, its record or a key was damaged meanwhile.
                    }
                }
                _progress.Release();
            }
        }
        catch (OperationCanceledException) when (_over.IsCancellationRequested)
        {
            return;
        }
        _faults.Enqueue("WaitAsync ended.");
    }

    private async Task SettleAsync(QueueEntry entry, int chance)
    {
        Settlement settlement;
        try
        {
            var content = await entry.Message.Envelope.Content.ToArrayAsync();
            _delivered.AddOrUpdate(entry.Id, 1, (_, times) => times + 1);
            settlement = entry.Message.Attempts > 2 || chance > 3 || content.Length == 0
                ? Settlement.Remove() with { NewMessages = chance == 9 ? [new NewMessage(Mail.To("s@example.com") with { Sender = "" }, TimeSpan.FromHours(1))] : [] }
                : Settlement.Retry(TimeSpan.FromMilliseconds(50 * chance)) with { Completed = [chance % 3], Note = "note" };
        }
        catch (QueueFormatException damaged)
        {
            settlement = Settlement.Hold(damaged.Message);
        }
        settlement = settlement with { Attempt = Mail.Attempt(new RecipientOutcome(0, DeliveryOutcome.Transient) { Reply = "450 later" }) };
        try
        {
            await entry.SettleAsync(settlement);
        }
        catch (Exception error) when (error is ArgumentOutOfRangeException or QueueFormatException)
        {
            await entry.SettleAsync(Settlement.Hold(error.Message) with { Completed = settlement.Completed, Attempt = settlement.Attempt });
        }
    }

    /// <summary>What operators and the background do, all the time.</summary>
    private async Task OperateAsync()
    {
        while (!_over.IsCancellationRequested)
        {
            await TryAsync("Count", () => _relay.CountAsync());
            await TryAsync("Browse", async () =>
            {
                await foreach (var listing in _relay.BrowseAsync())
                    await TryAsync("Inspect", () => _relay.InspectAsync(listing.Id));
            });
            await TryAsync("Load", async () =>
            {
                await foreach (var (_, id) in _relay.LoadAsync())
                    Assert.NotNull(id);
            });
            await TryAsync("RetryAll", () => _relay.RetryAllNowAsync());
            await TryAsync("Sweep", () => _relay.SweepAsync(default));
            await TryAsync("CheckServer", () => _relay.CheckServerAsync());
        }
    }

    private async Task TryAsync(string what, Func<Task> run)
    {
        var before = _damage.Epoch;
        try
        {
            await run();
        }
        catch (KeyNotFoundException) when (what == "Inspect")
        {
            // Delivered meanwhile, or no id.
        }
        catch (QueueFormatException) when (_damage.WasSwappedSince(before))
        {
            // A key of the queue is of another type: that is told.
        }
        catch (Exception error)
        {
            _faults.Enqueue($"{what}: {error}");
        }
    }

    /// <summary>Waits until the message is where it should be.</summary>
    private async Task ResolvedAsync(string id, Task relay)
    {
        while (!_delivered.ContainsKey(id) && !(_damage.Damaged.ContainsKey(id) && await IsExplainedAsync(id)))
        {
            if (_patience.IsCancellationRequested || relay.IsCompleted)
            {
                var damage = _damage.Damaged.GetValueOrDefault(id) ?? "not damaged";
                var where = await Record.ExceptionAsync(async () => damage += $"; {(await _relay.InspectAsync(id)).Listing}");
                Assert.Fail($"FUZZ_SEED={_seed}: message {id} was neither delivered nor held ({damage}; {where?.Message}). {relay.Exception}\nLog: {string.Join("\n", _log.Messages.Where(m => m.Contains(id, StringComparison.Ordinal)))}\nTroubles: {_relay.Problem}");
            }
            await _progress.WaitAsync(TimeSpan.FromMilliseconds(100), CancellationToken.None);
        }
    }

    private async Task<bool> IsExplainedAsync(string id)
    {
        try
        {
            return (await _relay.InspectAsync(id)).Listing is { State: MessageState.Held, HoldReason.Length: > 0 };
        }
        catch (KeyNotFoundException)
        {
            return _log.Messages.Any(message => message.Contains(id, StringComparison.Ordinal));
        }
    }
}

public sealed class LiveRedisFuzzTests(RedisFixture server, ITestOutputHelper output) : LiveQueueFuzzTests(server, output), IClassFixture<RedisFixture>;

public sealed class LiveGarnetFuzzTests(GarnetFixture server, ITestOutputHelper output) : LiveQueueFuzzTests(server, output), IClassFixture<GarnetFixture>;
