using System.Diagnostics;
using System.Text.RegularExpressions;

namespace Slimta.Storage.Tests.Support;

/// <summary>
/// Everything that the server executes, with its own times: MONITOR shows the commands inside scripts as well. So what the scripts
/// really did is judged from outside.
/// </summary>
internal sealed partial class CommandLog : IAsyncDisposable
{
    private readonly Process _monitor;
    private readonly List<string> _lines = [];
    private readonly TaskCompletionSource _started = new();
    private readonly Task _reading;

    public CommandLog(int port, Func<string, bool> wanted)
    {
        _monitor = Process.Start(new ProcessStartInfo("redis-cli", ["-p", $"{port}", "MONITOR"]) { RedirectStandardOutput = true, UseShellExecute = false })!;
        _reading = Task.Run(async () =>
        {
            while (await _monitor.StandardOutput.ReadLineAsync() is { } line)
            {
                _started.TrySetResult();
                if (wanted(line))
                    _lines.Add(line);
            }
        });
    }

    public Task StartedAsync() => _started.Task;

    /// <summary>Ends the log and returns the commands in the server's order: its time in microseconds, and the words.</summary>
    public async Task<List<(long Time, string[] Words)>> StopAsync()
    {
        _monitor.Kill();
        await _reading;
        return [.. _lines.Select(line =>
        {
            var (seconds, rest) = (line[..line.IndexOf(' ', StringComparison.Ordinal)], line);
            return ((long)(decimal.Parse(seconds) * 1_000_000), Word().Matches(rest).Select(m => m.Groups["word"].Value).ToArray());
        })];
    }

    public ValueTask DisposeAsync()
    {
        if (!_monitor.HasExited)
            _monitor.Kill();
        _monitor.Dispose();
        return ValueTask.CompletedTask;
    }

    [GeneratedRegex("\"(?<word>(?:[^\"\\\\]|\\\\.)*)\"", RegexOptions.ExplicitCapture, matchTimeoutMilliseconds: 10_000)]
    private static partial Regex Word();
}
