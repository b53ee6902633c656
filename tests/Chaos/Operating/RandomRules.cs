using System.Text.Json.Nodes;
using Slimta.Chaos.Sick;

namespace Slimta.Chaos.Operating;

/// <summary>Sets rules for some seconds and ends them, at times before they would end by themselves.</summary>
internal sealed class RandomRules(OperatorHand hand, Random random, Func<int> sent, int seed)
{
    public Task ChangeAsync() => random.Next(100) switch
    {
        < 25 => SetAsync("pause", "pause", DomainOf(["a.test", "b.test", "sender.test", "*.sick.test"]), null),
        < 35 => SetAsync("pause", "pause", null, null),
        < 55 => SetAsync("hold", "rules", DomainOf(["a.test", "b.test", "*.sick.test"]), random.Next(2) == 0 ? "@sender.test" : null),
        < 60 => SetAsync("hold", "rules", "sender.test", "<>"),
        // Most of what is dropped is mail of one sender that is yet to come.
        < 75 => SetAsync("drop", "rules", null, $"from.t{seed:x}n{sent() + random.Next(1, 30)}@sender.test"),
        < 78 => SetAsync("drop", "rules", SickDomain.All.ElementAt(random.Next(12)).Name, null),
        < 80 => SetAsync("drop", "rules", "sender.test", "<>"),
        _ => RemoveAsync(),
    };

    /// <summary>Ends all that stand.</summary>
    /// <returns>False: it is not known whether any still stands.</returns>
    public async Task<bool> RemoveAllAsync()
    {
        if ((await hand.AskAsync("rules"))?["rules"]?.AsArray() is not { } standing)
            return false;
        foreach (var rule in standing)
            await RemoveAsync(rule!);
        return standing.Count == 0;
    }

    private string DomainOf(string[] domains) => domains[random.Next(domains.Length)];

    private async Task SetAsync(string action, string path, string? domain, string? sender)
    {
        var order = hand.New("sets", action, (ended, recipient) => action == "drop"
            && (domain is null || RandomFilter.IsOf(recipient, domain)) && (sender is null || (sender == "<>" ? ended.Sender.Length == 0 : ended.Sender == sender)));
        var body = new JsonObject { ["reason"] = order.Text, ["for"] = $"{random.Next(2, 8)}s" };
        if (domain is not null)
            body["domain"] = domain;
        if (sender is not null)
            body["sender"] = sender;
        if (path == "rules")
            body["action"] = action;
        await hand.GiveAsync(order, HttpMethod.Post, path, body);
    }

    private async Task RemoveAsync()
    {
        if ((await hand.AskAsync("rules"))?["rules"]?.AsArray() is { Count: > 0 } standing)
            await RemoveAsync(standing[random.Next(standing.Count)]!);
    }

    /// <summary>In the log it is found by the number of the order that set it.</summary>
    private Task<OrderCall> RemoveAsync(JsonNode rule)
    {
        var set = int.Parse(((string)rule["reason"]!)["order ".Length..]);
        return hand.GiveAsync(new(set, hand.Name, "removes", (string)rule["id"]!, (_, _) => false), HttpMethod.Delete, $"rules/{rule["id"]}");
    }
}
