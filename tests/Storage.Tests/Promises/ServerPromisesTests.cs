using System.Net;
using Garnet;
using Garnet.server;
using Microsoft.Extensions.Hosting;
using Slimta.Storage.Redis;
using Slimta.Storage.Tests.Support;
using StackExchange.Redis;

namespace Slimta.Storage.Tests;

/// <summary>What a server must promise before mail is entrusted to it, and what its refusals become.</summary>
public sealed class ServerPromisesTests
{
    private static RedisStorage StorageOn(string connectionString, Action<QueueOptions>? configure = null)
    {
        var options = new QueueOptions { BodyConnections = 1 };
        configure?.Invoke(options);
        return new RedisStorage(ConfigurationOptions.Parse(connectionString), options);
    }

    [Theory]
    [InlineData("append-only file", "--appendonly", "no")]
    [InlineData("appendfsync everysec", "--appendfsync", "everysec")]
    [InlineData("appendfsync no", "--appendfsync", "no")]
    public async Task A_server_that_forgets_is_refused_unless_that_is_allowed(string reason, params string[] settings)
    {
        await using var redis = await RedisProcess.StartAsync(settings);
        await using var storage = StorageOn(redis.ConnectionString);

        var error = await Assert.ThrowsAsync<UnsafeServerException>(() => storage.WriteAsync(Mail.ToThree()));
        Assert.Contains(reason, error.Message, StringComparison.Ordinal);
        Assert.Contains("Storage:AllowVolatile", error.Message, StringComparison.Ordinal);
        Assert.Equal("0", await redis.CommandAsync("DBSIZE"));

        await using var volatileStorage = StorageOn(redis.ConnectionString, o => o.AllowVolatile = true);
        await volatileStorage.WriteAsync(Mail.ToThree());
    }

    [Fact]
    public async Task A_server_that_may_evict_mail_is_refused_even_if_all_else_is_allowed()
    {
        await using var redis = await RedisProcess.StartAsync("--maxmemory-policy", "allkeys-lru");
        await using var storage = StorageOn(redis.ConnectionString, o => o.AllowVolatile = true);

        var error = await Assert.ThrowsAsync<UnsafeServerException>(() => storage.WriteAsync(Mail.ToThree()));
        Assert.Contains("maxmemory-policy noeviction", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_server_that_hides_its_settings_is_refused_unless_it_is_trusted_and_then_told_of()
    {
        await using var redis = await RedisProcess.StartAsync("--rename-command", "CONFIG", "");
        await using var wary = StorageOn(redis.ConnectionString);
        var refused = await Assert.ThrowsAsync<UnsafeServerException>(() => wary.WriteAsync(Mail.ToThree()));
        Assert.Contains("Storage:TrustServer", refused.Message, StringComparison.Ordinal);
        var warnings = new WarningLog();
        await using var storage = new RedisStorage(
            ConfigurationOptions.Parse(redis.ConnectionString), new QueueOptions { BodyConnections = 1, TrustServer = true }, log: warnings);

        await storage.WriteAsync(Mail.ToThree());

        Assert.Contains("does not show whether it keeps", Assert.Single(warnings.Messages), StringComparison.Ordinal);
    }

    [Fact]
    public async Task An_unsafe_server_stops_the_start_of_a_host()
    {
        await using var redis = await RedisProcess.StartAsync("--appendonly", "no");
        var builder = Host.CreateEmptyApplicationBuilder(null);
        builder.Configuration["ConnectionStrings:redis"] = redis.ConnectionString;
        builder.AddMailQueue();
        using var host = builder.Build();

        await Assert.ThrowsAsync<UnsafeServerException>(() => host.StartAsync());
    }

    [Theory]
    [InlineData("")]
    [InlineData(",password=wrong")]
    public async Task A_wrong_password_is_named_as_such(string password)
    {
        await using var redis = await RedisProcess.StartAsync("--requirepass", "right");
        await using var storage = StorageOn(redis.ConnectionString + password);

        var error = await Assert.ThrowsAsync<QueueAccessException>(() => storage.WriteAsync(Mail.ToThree()));
        Assert.Contains("password", error.Message, StringComparison.Ordinal);

        await using var right = StorageOn(redis.ConnectionString + ",password=right");
        await right.WriteAsync(Mail.ToThree());
    }

    [Fact]
    public async Task The_seeds_settings_work_host_port_db_password_and_timeout()
    {
        await using var redis = await RedisProcess.StartAsync("--requirepass", "secret");
        await using var storage = StorageOn($"{redis.ConnectionString},password=secret,defaultDatabase=3,asyncTimeout=7000");

        await storage.WriteAsync(Mail.ToThree());

        await using var connection = await ConnectionMultiplexer.ConnectAsync($"{redis.ConnectionString},password=secret,allowAdmin=true");
        Assert.Equal(0, await connection.GetServers()[0].DatabaseSizeAsync(0));
        Assert.Equal(3, await connection.GetServers()[0].DatabaseSizeAsync(3));
    }

    [Fact]
    public async Task A_read_only_replica_is_refused_and_so_is_a_primary_that_became_one()
    {
        await using var primary = await RedisProcess.StartAsync();
        await using var replica = await RedisProcess.StartAsync("--replicaof", "127.0.0.1", $"{primary.Port}");
        await using var onReplica = StorageOn(replica.ConnectionString);

        var error = await Assert.ThrowsAsync<QueueUnavailableException>(() => onReplica.WriteAsync(Mail.ToThree()));
        Assert.Contains("replica", error.Message, StringComparison.Ordinal);
        Assert.False(error.OutcomeUnknown);

        await using var storage = StorageOn(primary.ConnectionString);
        await storage.WriteAsync(Mail.ToThree());
        await primary.CommandAsync("REPLICAOF", "127.0.0.1", replica.Port);
        error = await Assert.ThrowsAsync<QueueUnavailableException>(() => storage.WriteAsync(Mail.ToThree()));
        Assert.False(error.OutcomeUnknown);
    }

    [Fact]
    public async Task A_server_out_of_memory_takes_no_mail_and_lets_the_queue_drain()
    {
        await using var redis = await RedisProcess.StartAsync();
        await using var storage = StorageOn(redis.ConnectionString);
        for (var i = 0; i < 20; i++)
            await storage.WriteAsync(Mail.ToThree() with { Content = Mail.Bytes(60_000) });
        await redis.CommandAsync("CONFIG", "SET", "maxmemory", "1mb");
        var keys = await redis.CommandAsync("DBSIZE");

        var error = await Assert.ThrowsAsync<QueueFullException>(() => storage.WriteAsync(Mail.ToThree()));
        Assert.Contains("out of memory", error.Message, StringComparison.Ordinal);
        await using var writer = storage.BeginWrite();
        await writer.WriteAsync(new byte[300_000]);
        await Assert.ThrowsAsync<QueueFullException>(async () => await writer.CommitAsync(Mail.ToThree() with { Content = MessageContent.None }));
        Assert.Equal(keys, await redis.CommandAsync("DBSIZE"));

        var settled = 0;
        await foreach (var entry in storage.WaitAsync(5))
        {
            await entry.SettleAsync(settled % 2 == 0
                ? Settlement.Remove() with { NewMessages = [new NewMessage(Mail.To("sender@example.com"), TimeSpan.FromHours(1))] }
                : Settlement.Retry(TimeSpan.FromHours(1)) with { Attempt = Mail.Attempt() });
            if (++settled == 20)
                break;
        }
        var counts = await storage.CountAsync();
        Assert.Equal((0, 20), (counts.Due, counts.Scheduled));
    }

    [Fact]
    public async Task A_garnet_whose_scripts_are_not_transactions_is_refused()
    {
        using var garnet = new BareGarnet(lua: true, transactions: false, aof: true);
        await using var storage = StorageOn(garnet.ConnectionString);

        var error = await Assert.ThrowsAsync<UnsafeServerException>(() => storage.WriteAsync(Mail.ToThree()));
        Assert.Contains("--lua-transaction-mode", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_garnet_without_scripts_is_refused()
    {
        using var garnet = new BareGarnet(lua: false, transactions: false, aof: true);
        await using var storage = StorageOn(garnet.ConnectionString);

        var error = await Assert.ThrowsAsync<UnsafeServerException>(() => storage.WriteAsync(Mail.ToThree()));
        Assert.Contains("--lua", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_garnet_without_an_append_only_file_is_refused_unless_that_is_allowed()
    {
        using var garnet = new BareGarnet(lua: true, transactions: true, aof: false);
        await using var storage = StorageOn(garnet.ConnectionString);
        await using var volatileStorage = StorageOn(garnet.ConnectionString, o => o.AllowVolatile = true);

        var error = await Assert.ThrowsAsync<UnsafeServerException>(() => storage.WriteAsync(Mail.ToThree()));
        Assert.Contains("append-only file", error.Message, StringComparison.Ordinal);
        await volatileStorage.WriteAsync(Mail.ToThree());
    }

    [Fact]
    public async Task What_garnets_scripts_are_tried_on_goes_away_even_if_who_tries_is_killed()
    {
        await using var garnet = await GarnetProcess.StartAsync();
        await using var watcher = await ConnectionMultiplexer.ConnectAsync(garnet.ConnectionString + ",allowAdmin=true");
        using var stop = new CancellationTokenSource();
        var trying = Task.Run(async () =>
        {
            while (!stop.IsCancellationRequested)
            {
                // As a process that has not met this server.
                GarnetPromise.Tried.Clear();
                await using var storage = StorageOn(garnet.ConnectionString);
                await storage.CountAsync();
            }
        });
        try
        {
            while (!await SeenAsync())
                Assert.False(trying.IsCompleted, "Garnet cannot be tried any more.");
        }
        finally
        {
            await stop.CancelAsync();
        }
        await trying;

        async Task<bool> SeenAsync()
        {
            try
            {
                foreach (var key in (RedisKey[])(await watcher.GetDatabase().ExecuteAsync("KEYS", "*:probe:*"))!)
                {
                    var left = (long)await watcher.GetDatabase().ExecuteAsync("PTTL", key);
                    // -2: it has gone meanwhile; -1: it would stay for ever.
                    Assert.NotEqual(-1, left);
                    if (left > 0)
                        return true;
                }
            }
            catch (RedisConnectionException)
            {
                // Garnet closes a connection whose KEYS meets a record that another changes.
            }
            return false;
        }
    }

    /// <summary>A Garnet set up as somebody might who has not read what the queue needs.</summary>
    private sealed class BareGarnet : IDisposable
    {
        private readonly DirectoryInfo _folder = Directory.CreateTempSubdirectory("slimta-garnet-");
        private readonly GarnetServer _server;

        public BareGarnet(bool lua, bool transactions, bool aof)
        {
            var port = RedisProcess.FreePort();
            ConnectionString = $"127.0.0.1:{port}";
            _server = new GarnetServer(new GarnetServerOptions
            {
                EndPoints = [new IPEndPoint(IPAddress.Loopback, port)],
                CheckpointDir = _folder.FullName,
                EnableLua = lua,
                LuaTransactionMode = transactions,
                LuaOptions = lua ? new LuaOptions() : null,
                EnableAOF = aof,
                IndexMemorySize = "16m",
                QuietMode = true,
                DeviceType = Tsavorite.core.DeviceType.RandomAccess,
            });
            _server.Start();
        }

        public string ConnectionString { get; }

        public void Dispose()
        {
            _server.Dispose(deleteDir: false);
            _folder.Delete(recursive: true);
        }
    }
}
