namespace Slimta.Chaos.Faults;

/// <summary>The fault list.</summary>
internal static class FaultTable
{
    /// <summary>Kills at chosen points; see <see cref="Point"/>.</summary>
    public const string Points = "points";

    /// <summary>Operators who give orders at random; see <see cref="Operating.RandomOperator"/>.</summary>
    public const string Operators = "operators";

    private static readonly ServerKind[] Everywhere = [ServerKind.Redis, ServerKind.Garnet, ServerKind.GarnetShared];
    private static readonly ServerKind[] OnRedis = [ServerKind.Redis];

    /// <summary>What the sink does when recipients ask for it is part of every message.</summary>
    public static readonly Fault[] All =
    [
        new("kill", "SIGKILL of any process, and its start", 6, Everywhere, ProcessFaults.KillAsync),
        new("stop", "SIGSTOP of an edge, a relay, the sink or Standalone past the lease, then SIGCONT", 3, Everywhere, ProcessFaults.StopAsync),
        new("freeze", "SIGSTOP of the queue's server, then SIGCONT", 2, [ServerKind.Redis, ServerKind.GarnetShared], ProcessFaults.FreezeQueueAsync),
        new("pause", "CLIENT PAUSE", 2, OnRedis, RedisFaults.PauseAsync),
        new("readonly", "writes refused: REPLICAOF a host that is not there, or min-replicas-to-write", 2, OnRedis, RedisFaults.ReadOnlyAsync),
        new("memory", "out of memory: maxmemory below what is used", 2, OnRedis, RedisFaults.OutOfMemoryAsync),
        new("disk", "the disk of the queue's data filled to the last byte, then freed", 1, [ServerKind.Redis, ServerKind.Garnet], DiskFault.FillAsync),
        new("failover", "a replica is added, caught up, promoted, and the old primary killed", 1, OnRedis, Failover.PlannedAsync),
        new("step", "the server's clock set forward or back", 2, Everywhere, ClockStep.StepAsync),
        new("sick", "mail for destinations that are silent, closed, slow, or whose name servers hang", 4, Everywhere, SickMail.SendAsync),
        new("damage", "one field of a message's record, or its time, made unreadable", 1, Everywhere, RecordFaults.DamageAsync),
        new("promise", "appendfsync or maxmemory-policy weakened at run time", 1, OnRedis, RedisFaults.PromiseAsync),
        new("folder", "the folder of the queue's data moved away and back", 1, [ServerKind.Garnet], FolderFault.MoveAsync),
        new("cut", "all connections of a link reset", 4, Everywhere, LinkFaults.CutAsync),
        new("delay", "everything on a link takes longer", 3, Everywhere, LinkFaults.DelayAsync),
    ];

    /// <summary>What --faults may name: "clock" and "operators" are not done now and then: they are all the time.</summary>
    public static IEnumerable<string> Names => All.Select(fault => fault.Name).Prepend(Points).Append("clock").Append(Operators);
}
