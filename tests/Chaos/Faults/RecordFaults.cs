using Slimta.Chaos.Actors;
using Slimta.Chaos.Judging;

namespace Slimta.Chaos.Faults;

/// <summary>Damage to one message's record, as a disk, a script or a hand with redis-cli does it. The others must not notice.</summary>
internal static class RecordFaults
{
    private const string Tag = "{slimta:0}:";

    private static readonly (string Field, string[] Values)[] Damages =
    [
        ("attempts", ["abc", "-1", "1e99", ""]),
        ("delivered", ["0,", "x", "99999"]),
        ("meta", ["{", "null", "", "{\"to\":null}", "\0\xff"]),
        ("state", ["{", "nonsense"]),
    ];

    /// <summary>Not of one that an operator has just ended: that would leave a record of the damage alone.</summary>
    private const string Damage = "if redis.call('EXISTS', KEYS[1]) == 1 then redis.call('HSET', KEYS[1], ARGV[1], ARGV[2]) end return 1";

    private static readonly string[] Times = ["inf", "-inf", "9e18", "-5"];

    public static async Task DamageAsync(Strike strike)
    {
        // Only what waits for a sick destination: nothing settles it meanwhile, which would leave a record of the damage alone.
        if (strike.Crew.Ward is not { } ward || strike.Pick(strike.Journal.Sent.Where(sent => sent.Id is not null && sent.Recipients.All(Delays.IsSick)).ToList().DefaultIfEmpty().ToList()) is not { } sent)
            return;
        using var hold = await strike.Crew.Queue.HoldAsync(strike.Stop);
        var port = strike.Crew.Place.Port;
        string what;
        if (strike.Random.Next(4) == 0)
        {
            what = $"due at {strike.Pick(Times)}";
            await RedisTalk.SendAsync(port, "ZADD", Tag + "schedule", "XX", what[7..], sent.Id!);
        }
        else
        {
            var (field, values) = strike.Pick(Damages);
            what = $"{field} = '{strike.Pick(values)}'";
            await RedisTalk.SendAsync(port, "EVAL", Damage, "1", $"{Tag}message:{sent.Id}", field, what[(field.Length + 4)..^1]);
        }
        ward.Damaged[sent.Id!] = sent.Token;
        strike.Done("damage", "record", $"{sent.Id} {what}");
    }
}
