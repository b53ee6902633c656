using System.Diagnostics;

namespace Slimta.Chaos;

/// <summary>The machine's monotonic clock: the same in all processes, and none of them can set it.</summary>
internal static class Clock
{
    private static readonly long Start = Now;

    /// <summary>Microseconds since the machine started.</summary>
    public static long Now => Stopwatch.GetTimestamp() / (Stopwatch.Frequency / 1_000_000);

    static Clock()
    {
        // So that it starts with the first look at it.
    }

    public static long Seconds(double seconds) => (long)(seconds * 1_000_000);

    /// <summary>As people read it: seconds since this program started.</summary>
    public static string Text(long at) => $"{(at - Start) / 1_000_000.0,10:F4}";

    /// <summary>For how long harm lasts and what lies between two harms; and to ask processes that can only be asked.</summary>
    public static Task DelayAsync(double seconds, CancellationToken cancellationToken = default) =>
        Task.Delay(TimeSpan.FromSeconds(seconds), TimeProvider.System, cancellationToken);
}
