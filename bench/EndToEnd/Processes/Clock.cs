using System.Diagnostics;

namespace Slimta.EndToEnd.Bench.Processes;

/// <summary>The one clock of a run.</summary>
internal static class Clock
{
    /// <summary>Seconds from an arbitrary start.</summary>
    public static double Now => (double)Stopwatch.GetTimestamp() / Stopwatch.Frequency;

    public static Task Wait(double seconds) => Task.Delay(TimeSpan.FromSeconds(seconds), TimeProvider.System);
}
