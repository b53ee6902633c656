using Slimta.EndToEnd.Bench.Processes;

namespace Slimta.EndToEnd.Bench.Systems;

/// <summary>The original, where its source is at hand: PYTHON_SLIMTA names the folder that it and its dependencies are imported from.</summary>
internal sealed class PythonSlimta(string path, int sinkPort) : MailSystem(SystemNames.PythonSlimta)
{
    private readonly RedisServer _redis = new("python-slimta");
    private Child? _process;

    public static string? Path => Environment.GetEnvironmentVariable("PYTHON_SLIMTA") is { Length: > 0 } path ? path : null;

    public override int Port { get; } = Workshop.FreePort();
    public override double Share => 1.0 / 3;

    public override async Task StartAsync()
    {
        await _redis.StartAsync();
        var script = System.IO.Path.GetFullPath(System.IO.Path.Combine(AppContext.BaseDirectory, "../../../python_slimta.py"));
        _process = Child.Start(Workshop.File("python-slimta.log"), new Dictionary<string, string>(StringComparer.Ordinal) { ["PYTHONPATH"] = path },
            "/usr/bin/python3", script, $"{Port}", $"{_redis.Port}", $"{sinkPort}");
        await _process.ListensAsync(Port);
    }

    public override async Task StopAsync()
    {
        if (_process is not null)
            await _process.StopAsync();
        await _redis.StopAsync();
    }

    public override IEnumerable<(string Name, int Process)> Members() => [("python", _process!.Id), ("redis", _redis.Process)];
}
