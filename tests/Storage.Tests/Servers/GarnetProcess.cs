using System.Diagnostics;
using Slimta.Standalone;

namespace Slimta.Storage.Tests.Servers;

/// <summary>Standalone's Garnet alone, in a process of its own.</summary>
internal sealed class GarnetProcess : IKillableServer
{
    private readonly DirectoryInfo _folder = Directory.CreateTempSubdirectory("slimta-garnet-");
    private readonly int _port = RedisProcess.FreePort();
    private Process? _process;

    public string ConnectionString => $"127.0.0.1:{_port}";

    public static async Task<GarnetProcess> StartAsync()
    {
        var garnet = new GarnetProcess();
        await garnet.StartAgainAsync();
        return garnet;
    }

    public async Task KillAsync()
    {
        _process!.Kill();
        await _process.WaitForExitAsync();
    }

    public async Task StartAgainAsync()
    {
        _process = Process.Start(new ProcessStartInfo("dotnet",
            ["exec", typeof(EmbeddedGarnet).Assembly.Location, "queue", "--Queue:Port", $"{_port}", "--Queue:Folder", _folder.FullName]))!;
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
