using System.Diagnostics;
using System.Net;
using System.Net.Sockets;
using System.Runtime.InteropServices;
using StackExchange.Redis;

namespace Slimta.Storage.Tests.Support;

/// <summary>Its own redis-server on a free port of the loopback, with its append-only file in its own folder.</summary>
public sealed class RedisProcess : IKillableServer
{
    private readonly DirectoryInfo _folder = Directory.CreateTempSubdirectory("slimta-redis-");
    private Process? _process;

    private const int LowestPort = 20000;
    private const int Ports = 12000;
    private static int _ports = Random.Shared.Next(Ports);

    private RedisProcess(string[] settings) => Settings = settings;

    /// <summary>Beside those that a queue needs; a change counts with the next start.</summary>
    public string[] Settings { get; set; }

    /// <summary>Another server of the same tongue, such as valkey-server or another version, can be tested by naming it.</summary>
    private static string Program => System.Environment.GetEnvironmentVariable("REDIS_SERVER") ?? "redis-server";

    /// <summary>Variables that it is started with.</summary>
    public Dictionary<string, string> Environment { get; private init; } = [];

    public int Port { get; } = FreePort();

    public string ConnectionString => $"127.0.0.1:{Port}";

    /// <summary>Where its append-only file is.</summary>
    public string Folder => _folder.FullName;

    public static Task<RedisProcess> StartAsync(params string[] settings) => StartAsync([], settings);

    public static async Task<RedisProcess> StartAsync(Dictionary<string, string> environment, params string[] settings)
    {
        var redis = new RedisProcess(settings) { Environment = environment };
        await redis.StartAgainAsync();
        return redis;
    }

    /// <summary>SIGKILL: no goodbye and no last sync.</summary>
    public async Task KillAsync()
    {
        _process!.Kill();
        await _process.WaitForExitAsync().WaitAsync(Answers.Patience);
    }

    /// <summary>SIGSTOP: its connections stay, and nothing is answered until <see cref="Resume"/>.</summary>
    public void Pause() => _ = Signal(_process!.Id, 19);

    public void Resume() => _ = Signal(_process!.Id, 18);

    [DllImport("libc", EntryPoint = "kill")]
    [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    private static extern int Signal(int pid, int signal);

    public async Task StartAgainAsync()
    {
        string[] arguments =
        [
            "--port", $"{Port}", "--bind", "127.0.0.1", "--dir", _folder.FullName, "--save", "",
            "--appendonly", "yes", "--appendfsync", "always", "--loglevel", "warning", "--logfile", "redis.log", .. Settings,
        ];
        var start = new ProcessStartInfo(Program, arguments);
        foreach (var (key, value) in Environment)
            start.Environment[key] = value;
        _process = Process.Start(start)
            ?? throw new InvalidOperationException("redis-server did not start; install Debian's package redis-server.");
        await Answers.ToPingAsync(Port, _process);
    }

    public async Task<string> CommandAsync(string command, params object[] arguments)
    {
        await using var connection = await ConnectionMultiplexer.ConnectAsync(ConnectionString + ",allowAdmin=true,syncTimeout=30000");
        return (await connection.GetServers()[0].ExecuteAsync(command, arguments)).ToString();
    }

    public async ValueTask DisposeAsync()
    {
        if (_process is { HasExited: false })
            await KillAsync();
        _process?.Dispose();
        _folder.Delete(recursive: true);
    }

    /// <summary>
    /// A port that nothing listens on and that this process has not been given before: who is given one may listen much later.
    /// Outgoing connections take theirs above these; a cluster node takes the one 10000 above as well.
    /// </summary>
    public static int FreePort()
    {
        while (true)
        {
            var port = LowestPort + (int)((uint)Interlocked.Increment(ref _ports) % Ports);
            try
            {
                using var first = new TcpListener(IPAddress.Loopback, port);
                using var second = new TcpListener(IPAddress.Loopback, port + 10000);
                first.Start();
                second.Start();
                return port;
            }
            catch (SocketException)
            {
                // Taken.
            }
        }
    }
}
