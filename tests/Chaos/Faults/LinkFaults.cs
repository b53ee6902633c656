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
        var milliseconds = strike.Random.Next(4) switch { 0 => 2000, 1 => 500, _ => 50 };
        link.Delay = TimeSpan.FromMilliseconds(milliseconds);
        await strike.WaitAsync(1, 8);
        link.Delay = TimeSpan.Zero;
        strike.Done("delay", link.Name, $"{milliseconds} ms each way");
    }
}
