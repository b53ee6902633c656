using System.CommandLine;
using System.Globalization;
using System.Text.Json.Nodes;

namespace Slimta.Cli;

/// <summary>
/// The first of all that match in another order than that of time, which is the API's. Every page is read for it, and no more is kept than is
/// shown: in a long queue that takes its time, which the display tells.
/// </summary>
internal sealed class Sorting(string by, int most)
{
    private const int TellEvery = 50_000;

    private readonly PriorityQueue<JsonNode, (long Rank, string Id)> _best = new(Comparer<(long Rank, string Id)>.Create((one, other) =>
        one.Rank != other.Rank ? one.Rank.CompareTo(other.Rank) : string.CompareOrdinal(other.Id, one.Id)));
    private long _seen;

    public static Option<string?> Option() => new Option<string?>("--sort")
    {
        Description = "oldest, largest or attempts (the most first), of all that match; without it, by the time of the next attempt",
    }.AcceptOnlyFromAmong("oldest", "largest", "attempts");

    /// <summary>True if it has dropped some.</summary>
    public bool HasMore => _seen > _best.Count;

    public void Add(Session session, JsonNode message)
    {
        if (++_seen % TellEvery == 0 && !session.Json)
            session.Say($"{_seen} looked at.");
        _best.Enqueue(message, (RankOf(message), Text.Of(message["id"])));
        if (most > 0 && _best.Count > most)
            _best.Dequeue();
    }

    /// <summary>In their order; after that it is empty.</summary>
    public IReadOnlyList<JsonNode> Take()
    {
        var worstFirst = new List<JsonNode>();
        while (_best.TryDequeue(out var message, out _))
            worstFirst.Add(message);
        worstFirst.Reverse();
        return worstFirst;
    }

    /// <summary>One that cannot be read comes last.</summary>
    private long RankOf(JsonNode message) => by switch
    {
        "oldest" => (string?)message["received"] is { } received
            ? -DateTimeOffset.Parse(received, CultureInfo.InvariantCulture).UtcTicks : long.MinValue,
        "largest" => (long?)message["size"] ?? long.MinValue,
        _ => (long?)message["attempts"] ?? long.MinValue,
    };
}
