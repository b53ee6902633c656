using System.Diagnostics;
using System.Net;
using System.Net.Sockets;

namespace Slimta.EndToEnd.Bench.Processes;

/// <summary>A process that the bench started, with its output in a file, and that it ends.</summary>
internal sealed class Child : IAsyncDisposable
{
    private readonly Process _process;

    private Child(Process process) => _process = process;

    public int Id => _process.Id;

    /// <param name="output">The file that takes what it says.</param>
    public static Child Start(string output, IReadOnlyDictionary<string, string>? environment, string command, params IEnumerable<string> arguments)
    {
        // exec: the process is the command, not a shell around it.
        var start = new ProcessStartInfo("/bin/sh", ["-c", "exec \"$@\" >\"$0\" 2>&1", output, command, .. arguments]);
        foreach (var (key, value) in environment ?? new Dictionary<string, string>(0))
            start.Environment[key] = value;
        var process = Process.Start(start)!;
        Workshop.Note(process.Id);
        return new Child(process);
    }

    /// <summary>Runs a command to its end.</summary>
    /// <exception cref="InvalidOperationException">It failed.</exception>
    public static async Task RunAsync(string command, params IEnumerable<string> arguments)
    {
        var start = new ProcessStartInfo(command, arguments) { RedirectStandardOutput = true, RedirectStandardError = true, UseShellExecute = false };
        using var process = Process.Start(start)!;
        var said = process.StandardOutput.ReadToEndAsync();
        var complained = await process.StandardError.ReadToEndAsync();
        await process.WaitForExitAsync();
        if (process.ExitCode != 0)
            throw new InvalidOperationException($"{command} ended with {process.ExitCode}: {complained}{await said}");
    }

    public Task WaitAsync(CancellationToken cancellationToken) => _process.WaitForExitAsync(cancellationToken);

    /// <exception cref="InvalidOperationException">It did not succeed.</exception>
    public async Task SucceedAsync(CancellationToken cancellationToken)
    {
        await _process.WaitForExitAsync(cancellationToken);
        if (_process.ExitCode != 0)
            throw new InvalidOperationException($"{_process.StartInfo.ArgumentList[3]} ended with {_process.ExitCode}");
    }

    /// <summary>Waits until it listens.</summary>
    public async Task ListensAsync(int port)
    {
        for (var tries = 0; ; tries++)
        {
            if (_process.HasExited)
                throw new InvalidOperationException($"{_process.StartInfo.ArgumentList[3]} ended instead of listening: {await File.ReadAllTextAsync(_process.StartInfo.ArgumentList[2])}");
            try
            {
                using var client = new TcpClient();
                await client.ConnectAsync(IPAddress.Loopback, port);
                return;
            }
            catch (SocketException) when (tries < 600)
            {
                await Clock.Wait(0.05);
            }
        }
    }

    /// <summary>Asks it to end, and kills it if it does not within ten seconds.</summary>
    public async Task StopAsync()
    {
        if (_process.HasExited)
            return;
        using (var kill = Process.Start("kill", ["-TERM", $"{Id}"]))
            await kill.WaitForExitAsync();
        using var limit = new CancellationTokenSource(TimeSpan.FromSeconds(10), TimeProvider.System);
        await _process.WaitForExitAsync(limit.Token).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        if (!_process.HasExited)
            _process.Kill();
        await _process.WaitForExitAsync();
    }

    public async ValueTask DisposeAsync()
    {
        await StopAsync();
        _process.Dispose();
    }
}
