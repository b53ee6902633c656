using System.Text.Json.Nodes;

namespace Slimta.Chaos.Operating;

/// <summary>When the faults are over: no rule stands, nothing stays held, and what became of each message is asked for.</summary>
internal sealed class Closing(OperatorHand hand, Holds holds, JobBook jobs, Journal journal, Random random)
{
    private const int Tries = 100;

    public async Task RemoveRulesAsync()
    {
        var rules = new RandomRules(hand, random, () => 0, 0);
        for (var tries = 0; tries < Tries && !await rules.RemoveAllAsync(); tries++)
            await Clock.DelayAsync(0.2);
    }

    /// <summary>Waits until none runs, so that it is known how each ended.</summary>
    public async Task JobsAsync()
    {
        for (var tries = 0; tries < Tries && !await jobs.LookAsync(); tries++)
            await Clock.DelayAsync(0.5);
    }

    /// <summary>What an operator or a rule put on hold goes on. What else is held stays, and is found.</summary>
    public async Task ReleaseAsync()
    {
        foreach (var id in await holds.LookAsync())
            await hand.GiveAsync(hand.New("release", id), HttpMethod.Post, $"messages/{id}/release");
    }

    /// <summary>All of the history, each with its recipients.</summary>
    public async Task ReadHistoryAsync()
    {
        var cursor = "";
        do
        {
            var page = await KnownAsync($"history?limit=1000{(cursor.Length > 0 ? $"&cursor={cursor}" : "")}");
            foreach (var some in page["messages"]!.AsArray().Chunk(16))
            {
                foreach (var ended in await Task.WhenAll(some.Select(line => KnownAsync($"history/{line!["id"]}"))))
                    journal.Ended.Add(Read(ended));
            }
            cursor = (string?)page["cursor"] ?? "";
        }
        while (cursor.Length > 0);
    }

    private async Task<JsonNode> KnownAsync(string path)
    {
        for (var tries = 0; ; tries++)
        {
            if (await hand.AskAsync(path) is { } answer)
                return answer;
            if (tries > Tries)
                throw new InvalidOperationException($"No edge answers /operator/{path}, although all faults are over.");
            await Clock.DelayAsync(0.2);
        }
    }

    private static Ended Read(JsonNode view)
    {
        var line = view["message"]!;
        return new()
        {
            Id = (string)line["id"]!,
            Outcome = (string)line["outcome"]!,
            Sender = (string?)line["sender"] ?? "",
            Subject = (string?)line["subject"] ?? "",
            ResentFrom = (string?)line["resentFrom"],
            By = (string?)line["by"],
            Reason = (string?)line["reason"],
            Problem = (string?)line["problem"],
            Recipients = [.. view["recipients"]!.AsArray().Select(r => new EndedRecipient((string)r!["recipient"]!, (string)r["outcome"]!, (string?)r["reply"] ?? ""))],
        };
    }
}
