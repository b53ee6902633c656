using Slimta.Chaos.Actors;

namespace Slimta.Chaos.Faults;

internal static class RedisFaults
{
    /// <summary>While it lasts no mail may be acknowledged.</summary>
    public const string Promise = "promise";

    public static async Task PauseAsync(Strike strike)
    {
        using var hold = await strike.Crew.Queue.HoldAsync();
        var milliseconds = strike.Random.Next(300, 8000);
        // WRITE leaves reads alone: messages are fetched and cannot be settled.
        var mode = strike.Random.Next(2) == 0 ? "ALL" : "WRITE";
        await RedisTalk.SendAsync(strike.Crew.Place.Port, "CLIENT", "PAUSE", $"{milliseconds}", mode);
        await strike.WaitAsync(milliseconds / 1000.0, milliseconds / 1000.0);
        await RedisTalk.SendAsync(strike.Crew.Place.Port, "CLIENT", "UNPAUSE");
        strike.Done("pause", strike.Crew.Queue.Name, $"CLIENT PAUSE {milliseconds} {mode}");
    }

    public static async Task ReadOnlyAsync(Strike strike)
    {
        using var hold = await strike.Crew.Queue.HoldAsync();
        var port = strike.Crew.Place.Port;
        string[] on, off;
        if (strike.Random.Next(2) == 0)
            (on, off) = (["REPLICAOF", "127.0.0.1", "1"], ["REPLICAOF", "NO", "ONE"]);
        else
            (on, off) = (["CONFIG", "SET", "min-replicas-to-write", "1"], ["CONFIG", "SET", "min-replicas-to-write", "0"]);
        await RedisTalk.SendAsync(port, on);
        await strike.WaitAsync(0.5, 8);
        await RedisTalk.SendAsync(port, off);
        strike.Done("readonly", strike.Crew.Queue.Name, string.Join(' ', on));
    }

    /// <summary>Longer than a look at the server lies apart from the next.</summary>
    public static async Task PromiseAsync(Strike strike)
    {
        using var hold = await strike.Crew.Queue.HoldAsync();
        var (name, weak, strong) = strike.Random.Next(2) == 0 ? ("appendfsync", "no", "always") : ("maxmemory-policy", "allkeys-lru", "noeviction");
        await RedisTalk.SendAsync(strike.Crew.Place.Port, "CONFIG", "SET", name, weak);
        await strike.WaitAsync(10, 14);
        await RedisTalk.SendAsync(strike.Crew.Place.Port, "CONFIG", "SET", name, strong);
        strike.Done(Promise, strike.Crew.Queue.Name, $"CONFIG SET {name} {weak}");
    }

    public static async Task OutOfMemoryAsync(Strike strike)
    {
        using var hold = await strike.Crew.Queue.HoldAsync();
        var port = strike.Crew.Place.Port;
        await RedisTalk.SendAsync(port, "CONFIG", "SET", "maxmemory", "1mb");
        await strike.WaitAsync(0.5, 8);
        await RedisTalk.SendAsync(port, "CONFIG", "SET", "maxmemory", "0");
        strike.Done("memory", strike.Crew.Queue.Name, "CONFIG SET maxmemory 1mb");
    }
}
