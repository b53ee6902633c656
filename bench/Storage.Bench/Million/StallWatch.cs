using System.Collections.Concurrent;
using System.Diagnostics;
using System.Globalization;

namespace Slimta.Storage.Bench.Million;

/// <summary>
/// Notes when the machine itself stands still, and for how long: on each core a process that comes before all others sleeps for a millisecond at a
/// time, and looks how late it wakes. A command that is under way then takes as much longer.
/// </summary>
internal sealed class StallWatch : IAsyncDisposable
{
    /// <summary>Milliseconds; shorter ones are not noted.</summary>
    private const double Least = 1;

    /// <summary>Seconds by which the clock of a stall and that of a command, which is told in whole seconds, may differ.</summary>
    private const double Slack = 0.05;

    private readonly ConcurrentBag<(double End, double Length)> _stalls = [];
    private readonly List<(Process Process, Task Reading)> _watchers = [];

    public static StallWatch Start()
    {
        var watch = new StallWatch();
        for (var core = 0; core < Environment.ProcessorCount; core++)
        {
            var process = Process.Start(new ProcessStartInfo("chrt", ["--fifo", "2", "taskset", "--cpu-list", $"{core}", Environment.ProcessPath!, Environment.GetCommandLineArgs()[0], "stalls"])
            {
                RedirectStandardOutput = true,
                UseShellExecute = false,
            })!;
            watch._watchers.Add((process, watch.ReadAsync(process.StandardOutput)));
        }
        return watch;
    }

    /// <summary>What the processes do until they are killed.</summary>
    public static void Watch()
    {
        while (true)
        {
            var began = Stopwatch.GetTimestamp();
#pragma warning disable RS0030 // This thread has to wake, and no other after it.
            Thread.Sleep(1);
#pragma warning restore RS0030
            var late = Stopwatch.GetElapsedTime(began).TotalMilliseconds - 1;
            if (late > Least)
                Console.WriteLine(string.Create(CultureInfo.InvariantCulture, $"{TimeProvider.System.GetUtcNow().ToUnixTimeMilliseconds() / 1000.0:F3} {late:F2}"));
        }
    }

    /// <summary>The longest stall, in milliseconds, that ended in this second.</summary>
    public double Longest(DateTime second) => _stalls
        .Where(stall => stall.End - new DateTimeOffset(second).ToUnixTimeSeconds() is >= -Slack and <= 1 + Slack).Select(stall => stall.Length).DefaultIfEmpty().Max();

    /// <summary>Those of so many milliseconds or more since the last look.</summary>
    public string Look(double least)
    {
        var some = _stalls.Where(stall => stall.Length > least).ToList();
        _stalls.Clear();
        return some.Count == 0 ? "0 times" : string.Create(CultureInfo.InvariantCulture, $"{some.Count} times, the longest {some.Max(stall => stall.Length):F1} ms");
    }

    public async ValueTask DisposeAsync()
    {
        foreach (var (process, reading) in _watchers)
        {
            process.Kill(entireProcessTree: true);
            await reading;
            process.Dispose();
        }
    }

    private async Task ReadAsync(StreamReader output)
    {
        while (await output.ReadLineAsync() is { } line)
        {
            if (line.Split(' ') is [var end, var length])
                _stalls.Add((double.Parse(end, CultureInfo.InvariantCulture), double.Parse(length, CultureInfo.InvariantCulture)));
        }
    }
}
