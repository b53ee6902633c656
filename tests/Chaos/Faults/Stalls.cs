namespace Slimta.Chaos.Faults;

/// <summary>
/// Notes when the machine itself did not get round to this program: then it did not get round to a relay either, which may lose a
/// lease by that. It is harm without an actor, and it is on record like the other.
/// </summary>
internal static class Stalls
{
    public const string Target = "machine";

    private const double Period = 0.1;
    private static readonly long Tolerance = Clock.Seconds(0.3);

    public static async Task WatchAsync(Journal journal, CancellationToken stop)
    {
        while (!stop.IsCancellationRequested)
        {
            var before = Clock.Now;
            await Clock.DelayAsync(Period, CancellationToken.None);
            var late = Clock.Now - before - Clock.Seconds(Period);
            if (late > Tolerance)
                journal.Faults.Enqueue(new(before, Clock.Now, "stall", Target, $"{late / 1000} ms late"));
        }
    }
}
