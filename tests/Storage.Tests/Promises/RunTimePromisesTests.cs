using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Diagnostics.HealthChecks;
using Slimta.Storage.Redis;
using Slimta.Storage.Tests.Support;
using StackExchange.Redis;

namespace Slimta.Storage.Tests;

/// <summary>A server that stops keeping its promise while it runs takes no new mail until it keeps it again.</summary>
public sealed class RunTimePromisesTests : PatientTests
{
    [Theory]
    [InlineData("maxmemory-policy", "allkeys-lru", "noeviction", "maxmemory-policy")]
    [InlineData("appendfsync", "everysec", "always", "appendfsync everysec")]
    [InlineData("appendfsync", "no", "always", "appendfsync no")]
    [InlineData("appendonly", "no", "yes", "append-only file")]
    public async Task A_setting_changed_under_it_stops_new_mail_and_not_what_is_in_the_queue(string setting, string bad, string good, string named)
    {
        var prefix = $"promise-{setting}-{bad}:";
        using var problems = new QueueProblems(prefix);
        await using var redis = await RedisProcess.StartAsync();
        using var host = await QueueHost.StartAsync(redis.ConnectionString, prefix);
        var queue = host.Services.GetRequiredService<IQueueStorage>();
        var id = await queue.WriteAsync(Mail.ToThree());
        Assert.Empty(problems.Now);
        await redis.CommandAsync("CONFIG", "SET", setting, bad);

        var refused = await UntilRefusedAsync<UnsafeServerException>(queue);
        Assert.Contains(named, refused.Message, StringComparison.Ordinal);
        await using (var writer = queue.BeginWrite())
        {
            await writer.WriteAsync(new byte[300_000]);
            await Assert.ThrowsAsync<UnsafeServerException>(async () => await writer.CommitAsync(Mail.ToThree() with { Content = MessageContent.None }));
        }
        Assert.Equal(HealthStatus.Unhealthy, (await QueueHost.HealthAsync(host)).Status);
        Assert.Equal(["promise"], problems.Now);
        await foreach (var entry in queue.WaitAsync(1, Soon))
        {
            Assert.NotNull(entry);
            await entry.SettleAsync(Settlement.Remove());
            break;
        }
        Assert.NotEmpty(id);

        await redis.CommandAsync("CONFIG", "SET", setting, good);
        await UntilTakenAsync(queue);
        while ((await QueueHost.HealthAsync(host)).Status != HealthStatus.Healthy)
            await Task.Delay(TimeSpan.FromMilliseconds(50), TimeProvider.System, Soon);
        Assert.Empty(problems.Now);
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task A_first_rewrite_of_the_log_stops_new_mail_only_where_the_log_was_just_switched_on(bool fromTheStart)
    {
        // Slow enough to be looked at.
        await using var redis = await RedisProcess.StartAsync("--rdb-key-save-delay", "1000", "--appendonly", fromTheStart ? "yes" : "no", "--enable-debug-command", "yes");
        await redis.CommandAsync("DEBUG", "POPULATE", "30000");
        if (!fromTheStart)
        {
            await redis.CommandAsync("CONFIG", "SET", "appendonly", "yes");
            await WaitsForTheFirstFileAsync(redis);
            return;
        }
        using var host = await QueueHost.StartAsync(redis.ConnectionString);
        var storage = host.Services.GetRequiredService<RedisStorage>();
        await storage.WriteAsync(Mail.ToThree());
        await redis.CommandAsync("BGREWRITEAOF");

        await storage.CheckServerAsync();
        await storage.WriteAsync(Mail.ToThree());
        Assert.Contains("aof_rewrite_in_progress:1", await redis.CommandAsync("INFO", "persistence"), StringComparison.Ordinal);
        Assert.Equal(HealthStatus.Healthy, (await QueueHost.HealthAsync(host)).Status);
    }

    /// <summary>A process that starts then cannot tell whether the file was just switched on.</summary>
    [Fact]
    public async Task A_start_in_the_middle_of_the_first_rewrite_waits_for_its_end()
    {
        await using var redis = await RedisProcess.StartAsync("--rdb-key-save-delay", "1000", "--enable-debug-command", "yes");
        await redis.CommandAsync("DEBUG", "POPULATE", "30000");
        await redis.CommandAsync("BGREWRITEAOF");
        await WaitsForTheFirstFileAsync(redis);
    }

    /// <summary>It starts, says why it is not ready, and takes mail once the file is there.</summary>
    private async Task WaitsForTheFirstFileAsync(RedisProcess redis)
    {
        using var host = await QueueHost.StartAsync(redis.ConnectionString);
        var storage = host.Services.GetRequiredService<RedisStorage>();
        var refused = await Assert.ThrowsAsync<UnsafeServerException>(() => storage.WriteAsync(Mail.ToThree()));
        Assert.Contains("first append-only file", refused.Message, StringComparison.Ordinal);
        Assert.Equal((HealthStatus.Unhealthy, refused.Message), ((await QueueHost.HealthAsync(host)).Status, (await QueueHost.HealthAsync(host)).Description));

        // Ends the slow rewrite, and writes the file at once.
        await redis.CommandAsync("CONFIG", "SET", "appendonly", "no");
        await redis.CommandAsync("CONFIG", "SET", "rdb-key-save-delay", "0");
        await redis.CommandAsync("CONFIG", "SET", "appendonly", "yes");
        await UntilTakenAsync(storage);
        while ((await QueueHost.HealthAsync(host)).Status != HealthStatus.Healthy)
            await Task.Delay(TimeSpan.FromMilliseconds(50), TimeProvider.System, Soon);
    }

    [Fact]
    public async Task A_queue_of_a_newer_version_is_left_alone_until_it_is_one_of_ours()
    {
        await using var redis = await RedisProcess.StartAsync();
        using var host = await QueueHost.StartAsync(redis.ConnectionString);
        var queue = host.Services.GetRequiredService<IQueueStorage>();
        await queue.WriteAsync(Mail.ToThree());
        await redis.CommandAsync("HSET", "{slimta:0}:state", "version", "2");

        var refused = await UntilRefusedAsync<QueueFormatException>(queue);
        Assert.Contains("newer format", refused.Message, StringComparison.Ordinal);
        await Assert.ThrowsAsync<QueueFormatException>(() => queue.GetAsync("0-x"));

        await redis.CommandAsync("HSET", "{slimta:0}:state", "version", "1");
        await UntilTakenAsync(queue);
    }

    [Fact]
    public async Task A_server_that_comes_back_with_other_settings_is_looked_at_before_the_first_write()
    {
        await using var redis = await RedisProcess.StartAsync("--requirepass", "old");
        using var host = await QueueHost.StartAsync(redis.ConnectionString + ",password=old");
        var storage = host.Services.GetRequiredService<RedisStorage>();
        await storage.WriteAsync(Mail.ToThree());
        await redis.KillAsync();
        redis.Settings[1] = "new";
        await redis.StartAgainAsync();

        var denied = await UntilRefusedAsync<QueueAccessException>(storage);
        Assert.Contains("Wrong password", denied.Message, StringComparison.Ordinal);

        await redis.KillAsync();
        redis.Settings = ["--requirepass", "old", "--appendfsync", "no"];
        await redis.StartAgainAsync();
        var unsafeServer = await UntilRefusedAsync<UnsafeServerException>(storage);
        Assert.Contains("appendfsync no", unsafeServer.Message, StringComparison.Ordinal);
        Assert.Equal(1, (await storage.CountAsync(Soon)).Total);
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task What_info_shows_is_believed_where_config_is_hidden(bool trusted)
    {
        await using var redis = await RedisProcess.StartAsync("--rename-command", "CONFIG", "", "--appendonly", "no");
        await using var storage = new RedisStorage(
            ConfigurationOptions.Parse(redis.ConnectionString), new QueueOptions { BodyConnections = 1, TrustServer = trusted });

        var refused = await Assert.ThrowsAsync<UnsafeServerException>(() => storage.WriteAsync(Mail.ToThree()));
        Assert.Contains("aof_enabled:0", refused.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("dragonfly_version", "df-v1.30.0", "Dragonfly")]
    [InlineData("aof_last_write_status", "err", "aof_last_write_status")]
    public async Task A_server_that_cannot_keep_mail_is_refused_by_what_it_says_of_itself(string field, string value, string named)
    {
        await using var redis = await RedisProcess.StartAsync();
        await using var connection = await ConnectionMultiplexer.ConnectAsync(redis.ConnectionString + ",allowAdmin=true");
        var info = (await connection.GetServers()[0].InfoAsync()).SelectMany(section => section).ToDictionary(StringComparer.Ordinal);
        info[field] = value;

        string? weak = null;
        await new RedisPromise(new QueueOptions(), new Troubles()).CheckAsync(connection.GetServers()[0], info, problem => weak ??= problem, _ => { });

        Assert.Contains(named, weak, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Held_messages_degrade_health_and_are_told_with_their_age()
    {
        await using var redis = await RedisProcess.StartAsync();
        using var host = await QueueHost.StartAsync(redis.ConnectionString);
        var id = await host.Services.GetRequiredService<IQueueStorage>().WriteAsync(Mail.ToThree());
        await host.Services.GetRequiredService<IQueueOperator>().HoldAsync(id, "to look at");

        HealthReportEntry health;
        while ((health = await QueueHost.HealthAsync(host)).Status == HealthStatus.Healthy)
            await Task.Delay(TimeSpan.FromMilliseconds(50), TimeProvider.System, Soon);

        Assert.Equal(HealthStatus.Degraded, health.Status);
        Assert.Contains("1 message is held for an operator, the oldest since 20", health.Description, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(null, "The queue is paused: all mail is paused by ann since 20")]
    [InlineData("b.test", "1 pause is in force for part of the mail.")]
    public async Task A_pause_degrades_health_and_is_told_with_its_author(string? domain, string expected)
    {
        await using var redis = await RedisProcess.StartAsync();
        using var host = await QueueHost.StartAsync(redis.ConnectionString);
        await host.Services.GetRequiredService<IQueueRules>().AddAsync(new()
        {
            Action = RuleAction.Pause,
            Domain = domain,
            Author = "ann",
            Reason = "new disk",
            Created = TimeProvider.System.GetUtcNow(),
        });

        HealthReportEntry health;
        while ((health = await QueueHost.HealthAsync(host)).Status == HealthStatus.Healthy)
            await Task.Delay(TimeSpan.FromMilliseconds(50), TimeProvider.System, Soon);

        Assert.Equal(HealthStatus.Degraded, health.Status);
        Assert.Contains(expected, health.Description, StringComparison.Ordinal);
    }

    private async Task<T> UntilRefusedAsync<T>(IQueueStorage queue) where T : QueueException
    {
        while (true)
        {
            try
            {
                await (await queue.WriteAsync(Mail.ToThree(), cancellationToken: Soon) is var id ? queue.RemoveAsync(id, cancellationToken: Soon) : Task.CompletedTask);
            }
            catch (T refused)
            {
                return refused;
            }
            catch (QueueException)
            {
                // Not yet that.
            }
            await Task.Delay(TimeSpan.FromMilliseconds(20), TimeProvider.System, Soon);
        }
    }

    private async Task UntilTakenAsync(IQueueStorage queue)
    {
        while (true)
        {
            try
            {
                await queue.WriteAsync(Mail.ToThree(), cancellationToken: Soon);
                return;
            }
            catch (QueueException)
            {
                await Task.Delay(TimeSpan.FromMilliseconds(50), TimeProvider.System, Soon);
            }
        }
    }
}
