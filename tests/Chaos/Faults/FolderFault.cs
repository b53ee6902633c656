namespace Slimta.Chaos.Faults;

internal static class FolderFault
{
    /// <summary>What is written meanwhile would go to files that no start finds: it must not be acknowledged.</summary>
    public static async Task MoveAsync(Strike strike)
    {
        var crew = strike.Crew;
        using var hold = await crew.Queue.HoldAsync();
        var (folder, away) = (crew.Place.Folder, crew.Place.Folder + ".away");
        Directory.Move(folder, away);
        await strike.WaitAsync(1, 5);
        // Made anew by somebody: kept for the reader, as what is in it was not to be trusted.
        if (Directory.Exists(folder))
            Directory.Move(folder, $"{folder}.new.{crew.Queue.Incarnation}.{Clock.Now}");
        Directory.Move(away, folder);
        if (crew.Queue.Child!.HasExited)
            await crew.Queue.StartAsync();
        strike.Done("folder", crew.Queue.Name, "moved away and back");
    }
}
