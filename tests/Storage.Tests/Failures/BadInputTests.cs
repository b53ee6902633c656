using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Options;
using Slimta.Storage.Redis;
using Slimta.Storage.Tests.Support;
using StackExchange.Redis;

namespace Slimta.Storage.Tests;

/// <summary>What must not get in, and the words that say why; nothing is half done.</summary>
public sealed class BadInputTests(RedisFixture redis) : IClassFixture<RedisFixture>, IAsyncLifetime
{
    private readonly string _prefix = $"b{Guid.NewGuid().ToString("N")[..10]}:";
    private RedisStorage _storage = null!;

    public Task InitializeAsync()
    {
        _storage = new RedisStorage(redis.Settings, new QueueOptions { Prefix = _prefix, BodyConnections = 1 });
        return Task.CompletedTask;
    }

    public async Task DisposeAsync() => await _storage.DisposeAsync();

    public static TheoryData<string, Envelope> BadEnvelopes => new()
    {
        { "at least one recipient", Mail.To() },
        { "at least one recipient", Mail.ToThree() with { Recipients = null! } },
        { "Recipient 1 is null or empty", Mail.To("a@example.org", "") },
        { "Recipient 0 is null or empty", Mail.ToThree() with { Recipients = [null!] } },
        { "recipient 0 contains CR, LF or NUL", Mail.To("a@example.org\r\nRCPT TO:<b@example.org>") },
        { "recipient 1 contains CR, LF or NUL", Mail.To("a@example.org", "b\n@example.org") },
        { "sender contains CR, LF or NUL", Mail.ToThree() with { Sender = "a\0@example.org" } },
        { "recipient 0 has 321 bytes; at most 320", Mail.To(new string('a', 309) + "@example.org") },
        { "recipient 0 has 322 bytes; at most 320", Mail.To(new string('ä', 155) + "@example.org") },
        { "null sender is the empty string", Mail.ToThree() with { Sender = null! } },
        { "no content", Mail.ToThree() with { Content = null! } },
    };

    [Theory]
    [MemberData(nameof(BadEnvelopes))]
    public async Task A_bad_envelope_is_refused_with_the_reason_before_anything_is_sent(string reason, Envelope envelope)
    {
        var error = await Assert.ThrowsAsync<ArgumentException>(() => _storage.WriteAsync(envelope));
        Assert.Contains(reason, error.Message, StringComparison.Ordinal);
        Assert.Equal(0, (await _storage.CountAsync()).Total);
    }

    [Fact]
    public async Task An_address_of_320_bytes_and_the_null_sender_are_taken()
    {
        var id = await _storage.WriteAsync(Mail.To(new string('a', 308) + "@example.org") with { Sender = "" });
        Assert.Equal("", (await _storage.GetAsync(id)).Envelope.Sender);
    }

    [Theory]
    [InlineData("")]
    [InlineData(256)]
    public async Task A_bad_idempotency_key_is_refused(object key)
    {
        var options = new WriteOptions { IdempotencyKey = key as string ?? new string('k', (int)key) };
        await Assert.ThrowsAsync<ArgumentException>(() => _storage.WriteAsync(Mail.ToThree(), options: options));
        Assert.Throws<ArgumentException>(() => _storage.BeginWrite(options));
    }

    [Fact]
    public async Task A_state_that_is_too_long_and_a_lease_on_another_message_are_refused()
    {
        var other = await _storage.WriteAsync(Mail.ToThree(), TimeSpan.FromHours(1));
        await _storage.WriteAsync(Mail.ToThree());
        await foreach (var entry in _storage.WaitAsync())
        {
            await Assert.ThrowsAsync<ArgumentException>(() => entry.SettleAsync(Settlement.Remove() with { Note = new string('s', 4097) }));
            await Assert.ThrowsAsync<ArgumentException>(() => _storage.RemoveAsync(other, entry.Lease));
            await _storage.RemoveAsync(entry.Id, entry.Lease);
            break;
        }
        Assert.Equal(1, (await _storage.CountAsync()).Scheduled);
    }

    [Theory]
    [InlineData("Prefix", "sl{im}ta:", "Storage:Prefix")]
    [InlineData("Prefix", "slimta*", "Storage:Prefix")]
    [InlineData("Partitions", "0", "Storage:Partitions must be from 1 to 256")]
    [InlineData("Lease", "00:00:00", "Storage:Lease must be from 00:00:01")]
    [InlineData("MaxMessages", "-1", "Storage:MaxMessages")]
    [InlineData("Owner", "a|b", "Storage:Owner")]
    public async Task A_wrong_setting_stops_the_start_with_its_key_and_what_is_allowed(string key, string value, string expected)
    {
        var builder = Host.CreateEmptyApplicationBuilder(null);
        builder.Configuration[$"Storage:{key}"] = value;
        builder.Configuration["ConnectionStrings:redis"] = redis.Settings.ToString();
        builder.AddMailQueue();
        using var host = builder.Build();

        var error = await Assert.ThrowsAsync<OptionsValidationException>(() => host.StartAsync());
        Assert.Contains(expected, error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_host_without_a_server_says_which_setting_is_missing()
    {
        var builder = Host.CreateEmptyApplicationBuilder(null);
        builder.AddMailQueue();
        using var host = builder.Build();

        var error = await Assert.ThrowsAsync<InvalidOperationException>(() => host.StartAsync());
        Assert.Contains("ConnectionStrings:redis", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_registered_queue_works_and_is_ready()
    {
        var builder = Host.CreateEmptyApplicationBuilder(null);
        builder.Configuration["ConnectionStrings:redis"] = redis.Settings.ToString();
        builder.AddMailQueue(configure: o => o.Prefix = _prefix);
        using var host = builder.Build();
        await host.StartAsync();

        var id = await host.Services.GetRequiredService<IQueueStorage>().WriteAsync(Mail.ToThree());
        Assert.Equal(1, (await host.Services.GetRequiredService<IQueueOperator>().CountAsync()).Due);
        Assert.Equal(id, (await _storage.GetAsync(id)).Id);
        var health = await host.Services.GetRequiredService<Microsoft.Extensions.Diagnostics.HealthChecks.HealthCheckService>().CheckHealthAsync();
        Assert.Equal(Microsoft.Extensions.Diagnostics.HealthChecks.HealthStatus.Healthy, health.Status);
        await host.StopAsync();
    }

    [Fact]
    public async Task Settings_that_another_client_registered_are_used_whole()
    {
        var builder = Host.CreateEmptyApplicationBuilder(null);
        builder.Services.Configure<ConfigurationOptions>(o => o.EndPoints.Add(redis.Settings.EndPoints[0]));
        builder.AddMailQueue(configure: o => o.Prefix = _prefix);
        using var host = builder.Build();
        await host.StartAsync();
        await host.Services.GetRequiredService<IQueueStorage>().WriteAsync(Mail.ToThree());
        Assert.Equal(1, (await _storage.CountAsync()).Due);
        await host.StopAsync();
    }

    [Fact]
    public async Task A_queue_can_be_made_of_an_existing_connection()
    {
        await using var connection = await ConnectionMultiplexer.ConnectAsync(redis.Settings);
        await using var storage = new RedisStorage(connection, new QueueOptions { Prefix = _prefix });
        await storage.WriteAsync(Mail.ToThree());
        Assert.Equal(1, (await _storage.CountAsync()).Due);
    }

    [Fact]
    public async Task A_foreign_key_in_the_place_of_the_schedule_is_named_and_left_alone()
    {
        var partition = new Partition(_prefix, 0);
        await using var connection = await ConnectionMultiplexer.ConnectAsync(redis.Settings);
        await connection.GetDatabase().StringSetAsync(partition.Schedule, "somebody else's");

        var error = await Assert.ThrowsAsync<QueueFormatException>(() => _storage.WriteAsync(Mail.ToThree()));
        Assert.Contains("another type", error.Message, StringComparison.Ordinal);
        // The loop that hands out outlives it, and says so.
        using var enough = new CancellationTokenSource();
        var waiting = Task.Run(async () =>
        {
            await foreach (var _ in _storage.WaitAsync(1, enough.Token))
                break;
        });
        while (_storage.Problem?.Contains("another type", StringComparison.Ordinal) != true && !waiting.IsCompleted)
            await Task.Delay(TimeSpan.FromMilliseconds(20), TimeProvider.System);
        await enough.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => waiting);
        await Assert.ThrowsAsync<QueueFormatException>(async () =>
        {
            await foreach (var _ in _storage.LoadAsync())
                break;
        });
        Assert.Equal("somebody else's", await connection.GetDatabase().StringGetAsync(partition.Schedule));
        Assert.Single(connection.GetServers()[0].Keys(pattern: $"{{{partition.Tag}}}*"), key => key != partition.State);
    }

    [Fact]
    public async Task A_foreign_key_in_the_place_of_a_message_is_held_and_blocks_no_other()
    {
        var id = await _storage.WriteAsync(Mail.ToThree());
        await using var connection = await ConnectionMultiplexer.ConnectAsync(redis.Settings);
        var key = new Partition(_prefix, 0).Message(id);
        await connection.GetDatabase().KeyDeleteAsync(key);
        await connection.GetDatabase().StringSetAsync(key, "somebody else's");
        await Assert.ThrowsAsync<QueueFormatException>(() => _storage.GetAsync(id));
        await Assert.ThrowsAsync<QueueFormatException>(() => _storage.IncrementAttemptsAsync(id));

        var healthy = await _storage.WriteAsync(Mail.ToThree());
        await foreach (var entry in _storage.WaitAsync())
        {
            Assert.Equal(healthy, entry.Id);
            break;
        }

        var listing = (await _storage.InspectAsync(id)).Listing;
        Assert.Equal(MessageState.Held, listing.State);
        Assert.Contains("another type", listing.HoldReason, StringComparison.Ordinal);
        Assert.Contains("another type", listing.Problem, StringComparison.Ordinal);
    }

    [Fact]
    public async Task An_entry_without_a_message_is_dropped_and_blocks_no_other()
    {
        await using var connection = await ConnectionMultiplexer.ConnectAsync(redis.Settings);
        var partition = new Partition(_prefix, 0);
        await connection.GetDatabase().SortedSetAddAsync(partition.Schedule, partition.NewId(TimeProvider.System), 1);

        var healthy = await _storage.WriteAsync(Mail.ToThree());
        await foreach (var entry in _storage.WaitAsync(5))
        {
            Assert.Equal(healthy, entry.Id);
            break;
        }
        Assert.Equal(1, (await _storage.CountAsync()).Total);
    }

    [Fact]
    public async Task A_queue_of_a_newer_format_is_refused_before_anything_is_changed()
    {
        await using var connection = await ConnectionMultiplexer.ConnectAsync(redis.Settings);
        await connection.GetDatabase().HashSetAsync(new Partition(_prefix, 0).State, "version", 2);

        var error = await Assert.ThrowsAsync<QueueFormatException>(() => _storage.WriteAsync(Mail.ToThree()));
        Assert.Contains("Upgrade this program", error.Message, StringComparison.Ordinal);
    }
}
