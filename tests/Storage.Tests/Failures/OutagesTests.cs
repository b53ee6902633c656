using System.Threading.Channels;
using Slimta.Storage.Redis;
using Slimta.Storage.Tests.Support;
using StackExchange.Redis;

namespace Slimta.Storage.Tests;

/// <summary>What wait() and the rest do when the server goes away and comes back.</summary>
public sealed class OutagesTests : IAsyncLifetime
{
    private readonly CancellationTokenSource _patience = new(TimeSpan.FromSeconds(60));
    private RedisProcess _redis = null!;
    private RedisStorage _storage = null!;

    public async Task InitializeAsync()
    {
        _redis = await RedisProcess.StartAsync();
        _storage = new RedisStorage(ConfigurationOptions.Parse(_redis.ConnectionString), new QueueOptions { BodyConnections = 1, Lease = TimeSpan.FromSeconds(3) });
    }

    public async Task DisposeAsync()
    {
        await _storage.DisposeAsync();
        await _redis.DisposeAsync();
        _patience.Dispose();
    }

    [Fact]
    public async Task Wait_outlasts_a_restart_of_the_server()
    {
        var entries = Consume();
        await _storage.WriteAsync(Mail.ToThree());
        await RemoveNextAsync(entries);

        await _redis.KillAsync();
        var error = await Assert.ThrowsAsync<QueueUnavailableException>(() => _storage.WriteAsync(Mail.ToThree()));
        Assert.Contains("not answering", error.Message, StringComparison.Ordinal);
        await _redis.StartAgainAsync();

        var id = await WriteWhenBackAsync();
        Assert.Equal(id, await RemoveNextAsync(entries));
    }

    [Fact]
    public async Task Wait_outlasts_its_connections_being_cut()
    {
        var entries = Consume();
        await _storage.WriteAsync(Mail.ToThree());
        await RemoveNextAsync(entries);

        for (var i = 0; i < 5; i++)
        {
            await _redis.CommandAsync("CLIENT", "KILL", "TYPE", "normal");
            await _redis.CommandAsync("CLIENT", "KILL", "TYPE", "pubsub");
            var id = await WriteWhenBackAsync();
            while (await RemoveNextAsync(entries) != id)
            {
                // One whose write was cut off and was done all the same.
            }
        }
    }

    [Fact]
    public async Task A_wake_up_that_was_lost_with_its_connection_costs_no_poll_interval()
    {
        await using var consumer = new RedisStorage(
            ConfigurationOptions.Parse(_redis.ConnectionString), new QueueOptions { BodyConnections = 1, PollInterval = TimeSpan.FromMinutes(10) });
        var entries = Consume(consumer);
        await _storage.WriteAsync(Mail.ToThree());
        await RemoveNextAsync(entries);

        // One that may not publish writes as others do while the channel's connection is gone.
        await _redis.CommandAsync("ACL", "SETUSER", "mute", "on", ">secret", "~*", "+@all", "resetchannels");
        await using var mute = new RedisStorage(
            ConfigurationOptions.Parse(_redis.ConnectionString + ",user=mute,password=secret"), new QueueOptions { BodyConnections = 1 });
        var id = await mute.WriteAsync(Mail.ToThree());
        await _redis.CommandAsync("CLIENT", "KILL", "TYPE", "pubsub");
        Assert.Equal(id, await RemoveNextAsync(entries));
    }

    [Fact]
    public async Task Scripts_that_the_server_has_forgotten_are_sent_again()
    {
        var id = await _storage.WriteAsync(Mail.ToThree());
        await _redis.CommandAsync("SCRIPT", "FLUSH");

        await _storage.IncrementAttemptsAsync(id);
        Assert.Equal(1, (await _storage.GetAsync(id)).Attempts);
    }

    [Fact]
    public async Task A_lease_that_cannot_be_renewed_is_given_up_before_it_runs_out()
    {
        await _storage.WriteAsync(Mail.ToThree());
        var entry = await Consume().ReadAsync(_patience.Token);
        var lost = new TaskCompletionSource();
        entry.Lease.Lost.Register(lost.SetResult);
        await _redis.KillAsync();

        await lost.Task.WaitAsync(_patience.Token);
        Assert.False(entry.Lease.IsLive);
        await _redis.StartAgainAsync();
    }

    [Fact]
    public async Task A_lease_outlasts_a_short_outage()
    {
        await using var storage = new RedisStorage(ConfigurationOptions.Parse(_redis.ConnectionString), new QueueOptions { BodyConnections = 1, Lease = TimeSpan.FromSeconds(30) });
        var id = await storage.WriteAsync(Mail.ToThree());
        await using var entries = storage.WaitAsync(1, _patience.Token).GetAsyncEnumerator();
        Assert.True(await entries.MoveNextAsync());
        var lease = entries.Current.Lease;

        await _redis.KillAsync();
        await _redis.StartAgainAsync();

        while (true)
        {
            try
            {
                await storage.SettleAsync(lease, Settlement.Remove());
                break;
            }
            catch (QueueUnavailableException)
            {
                await Task.Delay(TimeSpan.FromMilliseconds(20), TimeProvider.System, _patience.Token);
            }
        }
        await using var other = new RedisStorage(ConfigurationOptions.Parse(_redis.ConnectionString));
        await Assert.ThrowsAsync<KeyNotFoundException>(() => other.GetAsync(id));
    }

    [Fact]
    public async Task A_relay_that_lost_touch_ends_nothing_and_goes_on_when_no_other_took_its_message()
    {
        await using var storage = new RedisStorage(ConfigurationOptions.Parse(_redis.ConnectionString),
            new QueueOptions { BodyConnections = 1, Lease = TimeSpan.FromHours(1), HeartbeatTimeout = TimeSpan.FromSeconds(3) });
        await storage.WriteAsync(Mail.ToThree());
        await using var entries = storage.WaitAsync(1, _patience.Token).GetAsyncEnumerator();
        Assert.True(await entries.MoveNextAsync());
        var lease = entries.Current.Lease;
        Assert.True(lease.IsLive);
        await _redis.KillAsync();

        await BecomesAsync(live: false);
        Assert.True(lease.MaySettle);
        Assert.False(lease.Lost.IsCancellationRequested);

        await _redis.StartAgainAsync();
        await BecomesAsync(live: true);
        await storage.SettleAsync(lease, Settlement.Remove());

        async Task BecomesAsync(bool live)
        {
            while (lease.IsLive != live)
                await Task.Delay(TimeSpan.FromMilliseconds(20), TimeProvider.System, _patience.Token);
        }
    }

    [Fact]
    public async Task A_keyed_write_that_was_cut_off_is_repeated_and_stored_once()
    {
        for (var i = 0; i < 20; i++)
        {
            var write = _storage.WriteAsync(Mail.ToThree(), options: new WriteOptions { IdempotencyKey = $"key {i}" });
            await _redis.CommandAsync("CLIENT", "KILL", "TYPE", "normal");
            try
            {
                await write;
            }
            catch (QueueUnavailableException)
            {
                // As the client of a keyed submission would.
                await WriteWhenBackAsync(new WriteOptions { IdempotencyKey = $"key {i}" });
            }
        }
        // Whose connections were not cut.
        await using var other = new RedisStorage(ConfigurationOptions.Parse(_redis.ConnectionString), new QueueOptions { BodyConnections = 1 });
        Assert.Equal(20, (await other.CountAsync()).Total);
    }

    [Fact]
    public async Task A_queue_that_starts_before_its_server_works_once_the_server_is_there()
    {
        await _redis.KillAsync();
        await using var storage = new RedisStorage(ConfigurationOptions.Parse(_redis.ConnectionString + ",connectTimeout=200"), new QueueOptions { BodyConnections = 1 });
        var error = await Assert.ThrowsAsync<QueueUnavailableException>(() => storage.WriteAsync(Mail.ToThree()));
        Assert.False(error.OutcomeUnknown);
        var waiting = Task.Run(async () =>
        {
            await foreach (var entry in storage.WaitAsync(1, _patience.Token))
                return entry.Id;
            return null;
        });

        await _redis.StartAgainAsync();
        var id = await WriteWhenBackAsync(storage: storage);
        Assert.Equal(id, await waiting);
    }

    /// <summary>Everything that wait() hands out, as it comes.</summary>
    private ChannelReader<QueueEntry> Consume(RedisStorage? storage = null)
    {
        var entries = Channel.CreateUnbounded<QueueEntry>();
        _ = Task.Run(async () =>
        {
            try
            {
                await foreach (var entry in (storage ?? _storage).WaitAsync(4, _patience.Token))
                    entries.Writer.TryWrite(entry);
            }
            catch (Exception error)
            {
                entries.Writer.Complete(error);
            }
        });
        return entries.Reader;
    }

    private async Task<string> RemoveNextAsync(ChannelReader<QueueEntry> entries)
    {
        while (true)
        {
            var entry = await entries.ReadAsync(_patience.Token);
            try
            {
                await _storage.RemoveAsync(entry.Id, entry.Lease);
                return entry.Id;
            }
            catch (QueueException)
            {
                // Cut off: it was done, or it comes again when its lease runs out.
                await Task.Delay(TimeSpan.FromMilliseconds(20), TimeProvider.System, _patience.Token);
            }
        }
    }

    private async Task<string> WriteWhenBackAsync(WriteOptions? options = null, RedisStorage? storage = null)
    {
        while (true)
        {
            try
            {
                return await (storage ?? _storage).WriteAsync(Mail.ToThree(), options: options);
            }
            catch (QueueUnavailableException)
            {
                await Task.Delay(TimeSpan.FromMilliseconds(20), TimeProvider.System, _patience.Token);
            }
        }
    }
}
