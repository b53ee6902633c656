using System.Collections.Concurrent;
using System.ComponentModel;
using System.Diagnostics;
using System.Globalization;

namespace Slimta.Storage.Bench.Million;

/// <summary>
/// Notes when the machine itself stands still, and for how long: on each core a process that comes before all others sleeps for a millisecond at a
/// time, and looks how late it wakes. A command that is under way then takes as much longer.
/// </summary>
internal sealed class StallWatch : IAsyncDisposable
{
    private const string Ready = "ready";

    /// <summary>Milliseconds; shorter ones are not noted.</summary>
    private const double Least = 1;

    /// <summary>Seconds by which the clock of a stall and that of a command, which is told in whole seconds, may differ.</summary>
    private const double Slack = 0.05;

    private readonly ConcurrentQueue<(double End, double Length)> _stalls = [];
    private readonly List<(Process Process, Task Reading)> _watchers = [];

    /// <summary>Every core is watched.</summary>
    public bool Watches { get; private set; }

    public static async Task<StallWatch> StartAsync()
    {
        var watch = new StallWatch();
        try
        {
            var ready = new List<bool>();
            for (var core = 0; core < Environment.ProcessorCount; core++)
                ready.Add(await watch.StartAsync(core));
            watch.Watches = ready.TrueForAll(yes => yes);
        }
        catch (Win32Exception)
        {
            // There is no chrt.
        }
        return watch;
    }

    /// <summary>What the processes do until the bench closes their input, or is gone.</summary>
    public static void Watch()
    {
        var over = Task.Run(Console.In.ReadToEnd);
        Console.WriteLine(Ready);
        while (!over.IsCompleted)
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

    /// <summary>Those of more than so many milliseconds since the last look, each as often as cores stood still.</summary>
    public string Look(double least)
    {
        var (count, longest) = (0, 0.0);
        while (_stalls.TryDequeue(out var stall))
            (count, longest) = stall.Length > least ? (count + 1, Math.Max(longest, stall.Length)) : (count, longest);
        return !Watches ? "at times that were not watched" : count == 0 ? "0 times" : string.Create(CultureInfo.InvariantCulture, $"{count} times, the longest {longest:F1} ms");
    }

    public async ValueTask DisposeAsync()
    {
        foreach (var (process, _) in _watchers)
            process.StandardInput.Close();
        foreach (var (process, reading) in _watchers)
        {
            await reading;
            process.Dispose();
        }
    }

    /// <returns>It watches.</returns>
    private async Task<bool> StartAsync(int core)
    {
        // Under "dotnet Storage.Bench.dll" the program is dotnet's argument.
        string[] program = Path.GetFileNameWithoutExtension(Environment.ProcessPath) == "dotnet" ? [Environment.ProcessPath!, Environment.GetCommandLineArgs()[0]] : [Environment.ProcessPath!];
        var process = Process.Start(new ProcessStartInfo("chrt", ["--fifo", "2", "taskset", "--cpu-list", $"{core}", .. program, "stalls"])
        {
            RedirectStandardInput = true,
            RedirectStandardOutput = true,
            UseShellExecute = false,
        })!;
        var first = await process.StandardOutput.ReadLineAsync();
        _watchers.Add((process, ReadAsync(process.StandardOutput)));
        return first == Ready;
    }

    private async Task ReadAsync(StreamReader output)
    {
        while (await output.ReadLineAsync() is { } line)
        {
            if (line.Split(' ') is [var end, var length])
                _stalls.Enqueue((double.Parse(end, CultureInfo.InvariantCulture), double.Parse(length, CultureInfo.InvariantCulture)));
        }
    }
}
