using System.Collections.Concurrent;
using System.Diagnostics;
using System.Runtime.InteropServices;

namespace Slimta.Chaos.Actors;

/// <summary>A process of ours: started, heard, signalled, killed.</summary>
internal sealed class Child : IDisposable
{
    private static readonly ConcurrentDictionary<Child, bool> Living = new();

    private const int Kill9 = 9;
    private const int Stop = 19;
    private const int Continue = 18;

    private readonly Process _process;
    private readonly Journal _journal;
    private readonly string _name;
    private readonly TaskCompletionSource _ready = new(TaskCreationOptions.RunContinuationsAsynchronously);

    /// <param name="readyLine">How the line starts by which it says that it is ready.</param>
    public Child(string name, Journal journal, string readyLine, string program, IEnumerable<string> arguments, IReadOnlyDictionary<string, string>? environment = null)
    {
        (_name, _journal) = (name, journal);
        var start = new ProcessStartInfo(program, arguments) { RedirectStandardInput = true, RedirectStandardOutput = true, RedirectStandardError = true, UseShellExecute = false };
        // Most of these processes do not live long enough to earn back what profiling them costs.
        start.Environment["DOTNET_TieredPGO"] = "0";
        foreach (var (key, value) in environment ?? new Dictionary<string, string>())
            start.Environment[key] = value;
        _process = new Process { StartInfo = start, EnableRaisingEvents = true };
        _process.Exited += (_, _) => _ready.TrySetException(new InvalidOperationException($"{name} ended before it was ready."));
        _process.OutputDataReceived += (_, line) => Hear(line.Data, readyLine);
        _process.ErrorDataReceived += (_, line) => Hear(line.Data, readyLine);
        // It may never be awaited, and a failure that is never looked at is not one of this program's.
        _ = _ready.Task.ContinueWith(task => task.Exception, TaskScheduler.Default);
        _process.Start();
        _process.BeginOutputReadLine();
        _process.BeginErrorReadLine();
        Living[this] = true;
    }

    /// <summary>However this program ends, it leaves none behind: a stopped one would not even end when told to.</summary>
    static Child() => AppDomain.CurrentDomain.ProcessExit += (_, _) =>
    {
        foreach (var child in Living.Keys)
            _ = Signal(child._process.Id, Kill9);
    };

    public Process Process => _process;

    public Task Ready => _ready.Task;

    public bool HasExited => _process.HasExited;

    /// <summary>SIGKILL, and the kernel has closed all it had open.</summary>
    public async Task KillAsync()
    {
        _ = Signal(_process.Id, Kill9);
        await _process.WaitForExitAsync();
        Living.TryRemove(this, out _);
    }

    public void Suspend() => _ = Signal(_process.Id, Stop);

    public void Resume() => _ = Signal(_process.Id, Continue);

    public void Dispose()
    {
        Living.TryRemove(this, out _);
        _process.Dispose();
    }

    private void Hear(string? line, string readyLine)
    {
        if (string.IsNullOrWhiteSpace(line))
            return;
        _journal.Lines.Enqueue(new(Clock.Now, _name, line));
        if (line.StartsWith(readyLine, StringComparison.Ordinal))
            _ready.TrySetResult();
    }

    [DllImport("libc", EntryPoint = "kill", SetLastError = true)]
    [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    private static extern int Signal(int pid, int signal);
}
