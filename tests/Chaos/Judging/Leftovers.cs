using System.Globalization;
using System.Net.Sockets;
using Slimta.Chaos.Actors;

namespace Slimta.Chaos.Judging;

/// <summary>What is still in the queue's server.</summary>
internal sealed class Leftovers(Place place)
{
    private const string Tag = "{slimta:0}:";

    /// <summary>Dropped at most with one large message: stage.lua looks at so many.</summary>
    private const int SweptAtOnce = 16;

    /// <summary>Messages in the queue: due, leased, waiting or held.</summary>
    public async Task<int> WaitingAsync()
    {
        try
        {
            return int.Parse((await RedisTalk.TellAsync(place.Port, "ZCARD", Tag + "schedule"))[0]) + int.Parse((await RedisTalk.TellAsync(place.Port, "ZCARD", Tag + "held"))[0]);
        }
        catch (Exception error) when (error is IOException or SocketException or OperationCanceledException)
        {
            return int.MaxValue;
        }
    }

    /// <summary>Edges that were killed leave content behind that had not arrived whole. It expires, and the next large messages take it out of the books.</summary>
    public async Task SweepAsync(Func<int, Task> sendLarge)
    {
        await Clock.DelayAsync(Settings.StagingLifetime.TotalSeconds + 1);
        var stale = int.Parse((await RedisTalk.TellAsync(place.Port, "ZCARD", Tag + "staging"))[0]);
        for (var i = 0; i <= stale / SweptAtOnce; i++)
            await sendLarge(i);
    }

    /// <summary>Every key but the one that an empty queue keeps, and every count in that which is not zero.</summary>
    public async Task<IReadOnlyList<string>> FindAsync()
    {
        // A message that has just arrived is still being settled.
        for (var tries = 0; tries < 200 && await WaitingAsync() > 0; tries++)
            await Clock.DelayAsync(0.1);
        var left = new List<string>();
        var cursor = "0";
        do
        {
            var page = await RedisTalk.TellAsync(place.Port, "SCAN", cursor, "COUNT", "1000");
            cursor = page[0];
            left.AddRange(page.Skip(1).Where(key => key != Tag + "state"));
        }
        while (cursor != "0");
        foreach (var count in new[] { "bytes", "staged" })
        {
            var value = (await RedisTalk.TellAsync(place.Port, "HGET", Tag + "state", count))[0];
            if (value.Length > 0 && long.Parse(value, CultureInfo.InvariantCulture) != 0)
                left.Add($"{Tag}state {count} = {value}");
        }
        return left;
    }
}
