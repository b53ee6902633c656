using Slimta.Chaos.Actors;

namespace Slimta.Chaos.Faults;

internal static class LinkFaults
{
    public static async Task CutAsync(Strike strike)
    {
        var link = strike.Pick(strike.Crew.Links);
        var cut = link.Cut();
        strike.Done("cut", link.Name, $"{cut} connections reset");
        await strike.WaitAsync(0, 1);
    }

    public static async Task DelayAsync(Strike strike)
    {
        var link = strike.Pick(strike.Crew.Links);
        // The longest brings what was asked under a lease when the lease is over.
        var milliseconds = strike.Random.Next(5) switch { 0 => 1.2 * Settings.Silence.TotalMilliseconds, 1 => 2000, 2 => 500, _ => 50 };
        link.Delay = TimeSpan.FromMilliseconds(milliseconds);
        await strike.WaitAsync(1, 8);
        link.Delay = TimeSpan.Zero;
        strike.Done("delay", link.Name, $"{milliseconds} ms each way");
    }
}
