namespace Slimta.Chaos.Faults;

internal static class DiskFault
{
    /// <summary>With appendfsync always a Redis that cannot write its log ends itself; Standalone refuses mail and opens its log again.</summary>
    public static async Task FillAsync(Strike strike)
    {
        var crew = strike.Crew;
        if (crew.Disk is not { } disk)
            return;
        using var hold = await crew.Queue.HoldAsync();
        disk.Fill();
        await strike.WaitAsync(1, 6);
        disk.Free();
        if (crew.Queue.Child!.HasExited)
            await crew.Queue.StartAsync();
        strike.Done("disk", crew.Queue.Name, "no byte left");
    }
}
