using System.Diagnostics;
using Slimta.Standalone;

namespace Slimta.Storage.Tests.Support;

/// <summary>Standalone's Garnet alone, in its own process.</summary>
internal sealed class GarnetProcess : IKillableServer
{
    private readonly long _logBytes;
    private readonly DirectoryInfo _folder = Directory.CreateTempSubdirectory("slimta-garnet-");
    private readonly int _port = RedisProcess.FreePort();
    private Process? _process;

    private GarnetProcess(long logBytes) => _logBytes = logBytes;

    public string Folder => _folder.FullName;

    public string ConnectionString => $"127.0.0.1:{_port},password={File.ReadAllText(Path.Combine(_folder.FullName, "password")).Trim()}";

    public static async Task<GarnetProcess> StartAsync(long logBytes = EmbeddedGarnet.DefaultLogBytes)
    {
        var garnet = new GarnetProcess(logBytes);
        await garnet.StartAgainAsync();
        return garnet;
    }

    public async Task KillAsync()
    {
        _process!.Kill();
        await _process.WaitForExitAsync().WaitAsync(TimeSpan.FromMinutes(2));
    }

    public async Task StartAgainAsync()
    {
        _process = Process.Start(new ProcessStartInfo("dotnet",
            ["exec", typeof(EmbeddedGarnet).Assembly.Location, "queue", "--Garnet:Port", $"{_port}", "--Garnet:Folder", _folder.FullName, "--Garnet:LogBytes", $"{_logBytes}"]))!;
        await Answers.ToPingAsync(_port, _process);
    }

    public async ValueTask DisposeAsync()
    {
        if (_process is { HasExited: false })
            await KillAsync();
        _process?.Dispose();
        _folder.Delete(recursive: true);
    }
}
