using Slimta.Chaos.Actors;
using Slimta.Storage.Tests.Servers;

namespace Slimta.Chaos.Faults;

/// <summary>A replica takes over. What the primary had acknowledged and not passed on is gone, so the replica catches up first.</summary>
internal static class Failover
{
    public static async Task PlannedAsync(Strike strike)
    {
        var crew = strike.Crew;
        using var hold = await crew.Queue.HoldAsync();
        var next = await ReplicaAsync(crew, strike.Journal, crew.Place.Port);
        // What is acknowledged from here on would not be passed on: no one is answered.
        await RedisTalk.SendAsync(crew.Place.Port, "CLIENT", "PAUSE", "60000", "WRITE");
        await CaughtUpAsync(crew.Place.Port, next.Place.Port);
        await PromoteAsync(crew, next);
        strike.Done("failover", crew.Queue.Name, $"from {next.Old} to {next.Place.Port}");
    }

    /// <summary>Starts a replica beside the primary and waits until it has its data.</summary>
    public static async Task<Replica> ReplicaAsync(Crew crew, Journal journal, int primary)
    {
        var place = new Place { Folder = Path.Combine(Path.GetDirectoryName(crew.Place.Folder)!, Guid.NewGuid().ToString("N")[..8]), Port = RedisProcess.FreePort() };
        if (crew.Disk is not null)
            place.Folder = Path.Combine(crew.Disk.Folder, Path.GetFileName(place.Folder));
        Directory.CreateDirectory(place.Folder);
        var child = Programs.Redis("replica", journal, place.Folder, place.Port);
        await QueueActors.AnswersAsync(child, place.Port);
        await RedisTalk.SendAsync(place.Port, "REPLICAOF", "127.0.0.1", $"{primary}");
        while (await RedisTalk.InfoAsync(place.Port, "replication", "master_link_status") != "up")
            await Clock.DelayAsync(0.05);
        // What came with the synchronisation stands in its append-only file when that has been written anew, and not before: killed
        // in between, it would start without.
        while (await RedisTalk.InfoAsync(place.Port, "persistence", "aof_rewrite_in_progress") != "0"
            || await RedisTalk.InfoAsync(place.Port, "persistence", "aof_rewrite_scheduled") != "0")
            await Clock.DelayAsync(0.05);
        return new(place, child, crew.Place.Port);
    }

    private static async Task CaughtUpAsync(int primary, int replica)
    {
        while (await RedisTalk.InfoAsync(primary, "replication", "master_repl_offset") != await RedisTalk.InfoAsync(replica, "replication", "master_repl_offset"))
            await Clock.DelayAsync(0.01);
    }

    /// <summary>The links lead to the new primary from now on; the old one is killed.</summary>
    public static async Task PromoteAsync(Crew crew, Replica replica)
    {
        await crew.Queue.KillAsync();
        await RedisTalk.SendAsync(replica.Place.Port, "REPLICAOF", "NO", "ONE");
        // Ended and started again on its own data, as the actor starts its processes.
        await replica.Child.KillAsync();
        replica.Child.Dispose();
        Directory.Delete(Path.Combine(crew.Place.Folder, "appendonlydir"), recursive: true);
        (crew.Place.Port, crew.Place.Folder) = (replica.Place.Port, replica.Place.Folder);
        await crew.Queue.StartAsync();
    }
}

/// <param name="Old">The primary's port.</param>
internal sealed record Replica(Place Place, Child Child, int Old);
