using Slimta.Chaos.Sick;

namespace Slimta.Chaos.Operating;

/// <summary>What waits for an operator: by an order or a rule, or, which must not be, for another reason.</summary>
internal sealed class Holds(OperatorHand hand, Journal journal, Ward? ward)
{
    /// <summary>Notes those that no order explains, before a release makes one forget them.</summary>
    /// <returns>The ids of the others.</returns>
    public async Task<IReadOnlyList<string>> LookAsync()
    {
        var (ours, cursor) = (new List<string>(), "");
        do
        {
            var page = await hand.AskAsync($"messages?state=held&limit=1000{(cursor.Length > 0 ? $"&cursor={cursor}" : "")}");
            foreach (var message in page?["messages"]?.AsArray() ?? [])
            {
                var (id, reason) = ((string)message!["id"]!, (string?)message["holdReason"] ?? "");
                if (reason.StartsWith("order ", StringComparison.Ordinal) || reason.Contains("because: order ", StringComparison.Ordinal))
                    ours.Add(id);
                else if (ward?.Damaged.ContainsKey(id) is not true && await IsStillHeldAsync(id, reason))
                    journal.StrangeHolds[id] = reason;
            }
            cursor = (string?)page?["cursor"] ?? "";
        }
        while (cursor.Length > 0);
        return ours;
    }

    /// <summary>A list reads the reasons after the ids: what is released in between has none.</summary>
    private async Task<bool> IsStillHeldAsync(string id, string reason) =>
        reason.Length > 0 || (await hand.AskAsync($"messages/{id}"))?["message"] is { } now && (string?)now["state"] == "held" && string.IsNullOrEmpty((string?)now["holdReason"]);
}
