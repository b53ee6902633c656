using Slimta.EndToEnd.Bench.Processes;

namespace Slimta.EndToEnd.Bench.Systems;

/// <summary>A redis-server with its append-only file on the disk, set as the AppHost sets it.</summary>
internal sealed class RedisServer(string name)
{
    private Child? _process;

    public int Port { get; } = Workshop.FreePort();
    public int Process => _process!.Id;

    public async Task StartAsync()
    {
        _process = Child.Start(Workshop.File($"{name}.redis.log"), null, "redis-server", "--port", $"{Port}", "--bind", "127.0.0.1",
            "--dir", Workshop.Folder($"{name}.redis"), "--save", "", "--appendonly", "yes", "--appendfsync", "always",
            "--maxmemory-policy", "noeviction", "--auto-aof-rewrite-min-size", "512mb");
        await _process.ListensAsync(Port);
    }

    /// <param name="when">always or everysec.</param>
    public Task SyncAsync(string when) => Child.RunAsync("redis-cli", "-p", $"{Port}", "config", "set", "appendfsync", when);

    public Task EmptyAsync() => Child.RunAsync("redis-cli", "-p", $"{Port}", "flushall");

    public Task StopAsync() => _process?.StopAsync() ?? Task.CompletedTask;
}
