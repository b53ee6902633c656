using Slimta.Chaos.Actors;

namespace Slimta.Chaos.Faults;

internal static class ProcessFaults
{
    public static async Task KillAsync(Strike strike)
    {
        var actor = strike.Pick(strike.Crew.Actors);
        using var hold = await actor.HoldAsync();
        await actor.KillAsync();
        await strike.WaitAsync(0, 1);
        await actor.StartAsync();
        strike.Done("kill", actor.Name, "SIGKILL");
    }

    /// <summary>When it goes on, its leases are others' and its connections are old; it does not know that time has passed.</summary>
    public static async Task StopAsync(Strike strike)
    {
        var crew = strike.Crew;
        var mayStop = crew.Actors.Where(actor => actor != crew.Queue || crew.Options.Server == ServerKind.Garnet).ToList();
        await StopAsync(strike, "stop", strike.Pick(mayStop), Settings.Silence.TotalSeconds * 1.1, Settings.Silence.TotalSeconds * 1.6);
    }

    public static Task FreezeQueueAsync(Strike strike) =>
        StopAsync(strike, "freeze", strike.Crew.Queue, 0.5, Settings.Silence.TotalSeconds * 1.2);

    private static async Task StopAsync(Strike strike, string name, Actor actor, double least, double most)
    {
        using var hold = await actor.HoldAsync();
        actor.Child!.Suspend();
        await strike.WaitAsync(least, most);
        actor.Child!.Resume();
        strike.Done(name, actor.Name, "SIGSTOP, SIGCONT");
    }
}
