using System.Diagnostics;
using System.Net;
using Slimta.Standalone;
using Slimta.Storage.Redis;
using Slimta.Storage.Tests.Support;
using StackExchange.Redis;

namespace Slimta.Storage.Bench;

/// <summary>A server to measure on.</summary>
internal sealed class BenchServer(string name, string connectionString, IAsyncDisposable server) : IAsyncDisposable
{
    public string Name => name;
    public string ConnectionString => connectionString;
    public int Port { get; } = ((IPEndPoint)ConfigurationOptions.Parse(connectionString).EndPoints[0]).Port;
    public string? Password { get; } = ConfigurationOptions.Parse(connectionString).Password;

    public static async Task<BenchServer> RedisAsync(string name, params string[] settings)
    {
        var redis = await RedisProcess.StartAsync(settings);
        return new(name, redis.ConnectionString, redis);
    }

    public static BenchServer Garnet()
    {
        var folder = Directory.CreateTempSubdirectory("slimta-bench-");
        var garnet = EmbeddedGarnet.Start(folder.FullName, new IPEndPoint(IPAddress.Loopback, RedisProcess.FreePort()));
        return new("Garnet in process, barrier", garnet.ConnectionString, new Garnets(garnet, folder));
    }

    public RedisStorage Storage(string prefix, TimeSpan? lease = null) => Storage(prefix, options => options.Lease = lease ?? options.Lease);

    public RedisStorage Storage(string prefix, Action<QueueOptions> configure)
    {
        var options = new QueueOptions { Prefix = prefix, AllowVolatile = true, Lease = TimeSpan.FromMinutes(5), Timeout = TimeSpan.FromSeconds(60) };
        configure(options);
        return new(ConfigurationOptions.Parse(ConnectionString), options);
    }

    public async Task<string> CommandAsync(string command, params object[] arguments)
    {
        await using var connection = await ConnectionMultiplexer.ConnectAsync(ConnectionString + ",allowAdmin=true,syncTimeout=60000,asyncTimeout=60000");
        return (await connection.GetServers()[0].ExecuteAsync(command, arguments)).ToString();
    }

    /// <summary>The commands in the server's slow log, scripts by their names, when each ended, and how long it held the server.</summary>
    public async Task<IReadOnlyList<(string Name, DateTime Ended, TimeSpan Time)>> SlowAsync()
    {
        var scripts = Script.All.ToDictionary(script => script.Hash, script => script.Name);
        await using var connection = await ConnectionMultiplexer.ConnectAsync(ConnectionString + ",allowAdmin=true");
        return [.. (await connection.GetServers()[0].SlowlogGetAsync(10_000)).Select(command =>
            ((command.Arguments.Length > 1 ? scripts.GetValueOrDefault((string)command.Arguments[1]!) : null) ?? (string)command.Arguments[0]!, command.Time, command.Duration))];
    }

    /// <summary>Lets it run whenever it wants to, as on a machine where it has a core to itself: its commands need not wait for one. What it forks is as all others.</summary>
    /// <returns>False where the system does not allow it.</returns>
    public async Task<bool> RunFirstAsync()
    {
        var process = (await CommandAsync("INFO", "server")).Split('\n').First(line => line.StartsWith("process_id:", StringComparison.Ordinal)).Split(':')[1].Trim();
        try
        {
            using var chrt = Process.Start(new ProcessStartInfo("chrt", ["--reset-on-fork", "--fifo", "--all-tasks", "--pid", "1", process]))!;
            await chrt.WaitForExitAsync();
            return chrt.ExitCode == 0;
        }
        catch (System.ComponentModel.Win32Exception)
        {
            // There is no chrt.
            return false;
        }
    }

    public ValueTask DisposeAsync() => server.DisposeAsync();

    private sealed class Garnets(EmbeddedGarnet garnet, DirectoryInfo folder) : IAsyncDisposable
    {
        public ValueTask DisposeAsync()
        {
            garnet.Dispose();
            folder.Delete(recursive: true);
            return ValueTask.CompletedTask;
        }
    }
}
