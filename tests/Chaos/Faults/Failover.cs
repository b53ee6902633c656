using System.Net.Sockets;
using Slimta.Chaos.Actors;
using Slimta.Storage.Tests.Support;

namespace Slimta.Chaos.Faults;

/// <summary>A replica takes over. What the primary had acknowledged and not passed on is gone, so the replica catches up first.</summary>
internal static class Failover
{
    public static async Task PlannedAsync(Strike strike)
    {
        var crew = strike.Crew;
        using var hold = await crew.Queue.HoldAsync();
        try
        {
            var next = await ReplicaAsync(crew, strike.Journal, crew.Place.Port);
            // What is acknowledged from here on would not be passed on: no one is answered.
            await RedisTalk.SendAsync(crew.Place.Port, "CLIENT", "PAUSE", "60000", "WRITE");
            await CaughtUpAsync(crew.Place.Port, next.Place.Port);
            await PromoteAsync(crew, next);
            strike.Done("failover", crew.Queue.Name, $"from {next.Old} to {next.Place.Port}");
        }
        finally
        {
            // The primary ended itself in the middle; no other may start it while this fault has it.
            if (crew.Queue.Child!.HasExited)
                await crew.Queue.StartAsync();
        }
    }

    /// <summary>Starts a replica beside the primary and waits until it has its data.</summary>
    public static async Task<Replica> ReplicaAsync(Crew crew, Journal journal, int primary)
    {
        var place = new Place { Folder = Path.Combine(Path.GetDirectoryName(crew.Place.Folder)!, Guid.NewGuid().ToString("N")[..8]), Port = RedisProcess.FreePort() };
        if (crew.Disk is not null)
            place.Folder = Path.Combine(crew.Disk.Folder, Path.GetFileName(place.Folder));
        Directory.CreateDirectory(place.Folder);
        var child = Programs.Redis("replica", journal, place.Folder, place.Port);
        try
        {
            await SynchronizeAsync(child, place.Port, primary);
        }
        catch (Exception error) when (error is IOException or SocketException or InvalidOperationException)
        {
            await child.KillAsync();
            child.Dispose();
            Directory.Delete(place.Folder, recursive: true);
            throw;
        }
        return new(place, child, crew.Place.Port);
    }

    private static async Task SynchronizeAsync(Child child, int port, int primary)
    {
        await QueueActors.AnswersAsync(child, port);
        await RedisTalk.SendAsync(port, "REPLICAOF", "127.0.0.1", $"{primary}");
        while (await RedisTalk.InfoAsync(port, "replication", "master_link_status") != "up")
            await AwaitAsync(port, primary);
        // What came with the synchronisation stands in its append-only file when that has been written anew, and not before: killed
        // in between, it would start without.
        while (await RedisTalk.InfoAsync(port, "persistence", "aof_rewrite_in_progress") != "0"
            || await RedisTalk.InfoAsync(port, "persistence", "aof_rewrite_scheduled") != "0")
            await AwaitAsync(port, primary);
    }

    /// <summary>A moment, unless one of them has ended.</summary>
    private static async Task AwaitAsync(params int[] ports)
    {
        await Clock.DelayAsync(0.05);
        foreach (var port in ports)
            await RedisTalk.InfoAsync(port, "server", "redis_version");
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
        // All of it: what is left of each failover would fill the small disk in a long run, and a Redis whose disk is full ends itself.
        Directory.Delete(crew.Place.Folder, recursive: true);
        File.Delete(Path.Combine(replica.Place.Folder, "dump.rdb"));
        (crew.Place.Port, crew.Place.Folder) = (replica.Place.Port, replica.Place.Folder);
        await crew.Queue.StartAsync();
    }
}

/// <param name="Old">The primary's port.</param>
internal sealed record Replica(Place Place, Child Child, int Old);
