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

    /// <summary>Seconds: the key on which Garnet's scripts are tried has a minute.</summary>
    private const double LongestExpiry = 65;

    /// <summary>PTTL's answer for a key that does not expire.</summary>
    private const int Forever = -1;
    private const int Gone = -2;

    /// <summary>Messages in the queue: due, leased, waiting or held.</summary>
    public async Task<int> WaitingAsync()
    {
        try
        {
            return int.Parse((await RedisTalk.SendAsync(place.Port, "ZCARD", Tag + "schedule"))[0]) + int.Parse((await RedisTalk.SendAsync(place.Port, "ZCARD", Tag + "held"))[0]);
        }
        catch (Exception error) when (error is IOException or SocketException or OperationCanceledException)
        {
            return int.MaxValue;
        }
    }

    /// <summary>Edges that were killed leave content behind that had not arrived whole. It expires, and the next large messages take it out of the books.</summary>
    /// <param name="sendLarge">False: it did not arrive, and a further one would not either.</param>
    public async Task SweepAsync(Func<int, Task<bool>> sendLarge)
    {
        await Clock.DelayAsync(Settings.StagingLifetime.TotalSeconds + 1);
        var stale = int.Parse((await RedisTalk.SendAsync(place.Port, "ZCARD", Tag + "staging"))[0]);
        for (var i = 0; i <= stale / SweptAtOnce && await sendLarge(i);)
            i++;
    }

    /// <summary>What an empty queue keeps: its state, what became of its messages, and operators' jobs.</summary>
    private static readonly string[] Kept = [Tag + "state", Tag + "ended", Tag + "history", Tag + "jobs", Tag + "orders"];

    /// <summary>
    /// Keys of requests that were answered; of relays that live, as an idle one tells that it does; and what a relay noted of a pause that had
    /// ended elsewhere, and died before it heard of that.
    /// </summary>
    private static readonly string[] MayExpire = [Tag + "idempotency:", Tag + "relay:", Tag + "relays", Tag + "parked:"];

    /// <summary>Every key but those that an empty queue keeps, and every count in that which is not zero.</summary>
    public async Task<IReadOnlyList<string>> FindAsync()
    {
        // A message that has just arrived is still being settled.
        for (var tries = 0; tries < 200 && await WaitingAsync() > 0; tries++)
            await Clock.DelayAsync(0.1);
        // Living processes try Garnet's scripts on a key now and then, and that of a dead one expires: left is what every look finds.
        var left = await LookAsync();
        for (var since = Clock.Now; left.Count > 0 && Clock.Now - since < Clock.Seconds(LongestExpiry);)
        {
            await Clock.DelayAsync(1);
            left.IntersectWith(await LookAsync());
        }
        return await Task.WhenAll(left.Select(DescribeAsync));
    }

    private async Task<HashSet<string>> LookAsync()
    {
        var left = new HashSet<string>();
        var cursor = "0";
        do
        {
            var page = await RedisTalk.SendAsync(place.Port, "SCAN", cursor, "COUNT", "1000");
            cursor = page[0];
            foreach (var key in page.Skip(1).Where(key => !Kept.Contains(key)))
            {
                var ttl = await TimeToLiveAsync(key);
                // Garnet's SCAN names keys that are gone: it goes by old records too.
                if (ttl != Gone && (ttl == Forever || !(Array.Exists(MayExpire, start => key.StartsWith(start, StringComparison.Ordinal)) || await IsKeptAsync(key))))
                    left.Add(key);
            }
        }
        while (cursor != "0");
        var bytes = (await RedisTalk.SendAsync(place.Port, "HGET", Tag + "state", "bytes"))[0];
        if (bytes.Length > 0 && long.Parse(bytes, CultureInfo.InvariantCulture) != 0)
            left.Add($"{Tag}state bytes = {bytes}");
        return left;
    }

    /// <summary>Content that stays as long as the history of its message.</summary>
    private async Task<bool> IsKeptAsync(string key)
    {
        const string Head = "{\"v\":1,\"kept\":";
        var parts = key.Split(':');
        return parts.Length == 4 && parts[2] is "message" or "content"
            && (await RedisTalk.SendAsync(place.Port, "HGET", Tag + "history", parts[3])) is [{ } record] && record.StartsWith(Head, StringComparison.Ordinal) && record[Head.Length] != '0';
    }

    private async Task<long> TimeToLiveAsync(string key) =>
        long.Parse((await RedisTalk.SendAsync(place.Port, "PTTL", key))[0], CultureInfo.InvariantCulture);

    /// <summary>With what it holds, by which its history is found.</summary>
    private async Task<string> DescribeAsync(string key)
    {
        var type = key.Contains(' ', StringComparison.Ordinal) ? "count" : (await RedisTalk.SendAsync(place.Port, "TYPE", key))[0];
        string[] read = type switch
        {
            "hash" => ["HKEYS", key],
            "zset" => ["ZRANGE", key, "0", "-1", "WITHSCORES"],
            "list" => ["LLEN", key],
            "string" => ["GET", key],
            _ => [],
        };
        return read.Length == 0 ? key
            : $"{key} ({type}, {(await TimeToLiveAsync(key) == Forever ? "for ever" : "expires")}): {string.Join(' ', await RedisTalk.SendAsync(place.Port, read))}";
    }
}
