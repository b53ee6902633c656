using System.Globalization;
using System.Text.Json.Nodes;
using Slimta.Chaos.Actors;

namespace Slimta.Chaos.Operating;

/// <summary>Gives all orders that there are, at random, for as long as the faults last. None of them may lose what no order ended.</summary>
internal sealed class RandomOperator(OperatorHand hand, Holds holds, Random random, Func<int> sent, int seed)
{
    private const int MostTries = 3;

    private static readonly Dictionary<string, string[]> States = new()
    {
        ["retry"] = ["scheduled", "leased"],
        ["reschedule"] = ["due", "scheduled", "leased"],
        ["hold"] = ["due", "scheduled", "leased"],
        ["release"] = ["held"],
        ["bounce"] = ["due", "scheduled", "held"],
        ["drop"] = ["due", "scheduled", "held"],
        ["route"] = ["due", "scheduled", "leased", "held"],
    };

    private readonly RandomRules _rules = new(hand, random, sent, seed);

    public async Task RunAsync(CancellationToken stop)
    {
        while (!stop.IsCancellationRequested)
        {
            await (random.Next(100) switch
            {
                < 30 => OneAsync(),
                < 60 => AllAsync(),
                < 82 => _rules.ChangeAsync(),
                < 92 => ResendAsync(),
                < 95 => hand.GiveAsync(hand.New("retry-all", "all messages"), HttpMethod.Post, "retry-all"),
                _ => LookAsync(),
            });
            await Clock.DelayAsync(random.NextDouble(), stop).ContinueWith(_ => { }, TaskScheduler.Default);
        }
    }

    private string Action() => random.Next(22) switch { < 4 => "retry", < 7 => "reschedule", < 12 => "hold", < 16 => "release", < 18 => "bounce", < 20 => "drop", _ => "route" };

    private Order New(string action, string target, Func<Ended, string, bool>? matches = null) =>
        hand.New(action, target, matches) with { Via = action == "route" && random.Next(4) > 0 ? Settings.Detour : "" };

    /// <summary>Also one that means nothing for this message just now, and is refused.</summary>
    private async Task OneAsync()
    {
        var query = random.Next(3) == 0 ? "&state=held" : "";
        if ((await hand.AskAsync($"messages?limit=50{query}"))?["messages"]?.AsArray() is not { Count: > 0 } found)
            return;
        var (id, order) = ((string)found[random.Next(found.Count)]!["id"]!, (Order?)null);
        order = New(Action(), id);
        await hand.GiveAsync(order, HttpMethod.Post, $"messages/{id}/{order.Action}", Words(order, []));
    }

    /// <summary>As a job, which another edge goes on with where the one that does it is killed.</summary>
    private async Task AllAsync()
    {
        var action = Action();
        var filter = RandomFilter.Choose(random, few: action is "drop" or "bounce", States[action]);
        var order = New(action, $"{filter}", (ended, _) => filter.Matches(ended));
        if (States[action].Contains("held"))
            await holds.LookAsync();
        var body = Words(order, new() { ["action"] = action, ["filter"] = filter.ToJson(), ["all"] = true });
        if (random.Next(4) == 0)
            await hand.GiveAsync(order with { Action = "count" }, HttpMethod.Post, "jobs/count", body);
        var started = await hand.GiveAsync(order, HttpMethod.Post, "jobs", body);
        if (started.Succeeded && random.Next(6) == 0)
            await hand.GiveAsync(hand.New("cancels", (string)started.Answer!["id"]!), HttpMethod.Post, $"jobs/{started.Answer["id"]}/cancel");
    }

    private JsonObject Words(Order order, JsonObject body)
    {
        switch (order.Action)
        {
            case "reschedule":
                body["at"] = (TimeProvider.System.GetUtcNow() + TimeSpan.FromSeconds(random.Next(1, 5))).ToString("O", CultureInfo.InvariantCulture);
                break;
            case "hold" or "drop":
                body["reason"] = order.Text;
                break;
            case "bounce":
                body["text"] = order.Text;
                break;
            case "route":
                body["via"] = order.Via.Length > 0 ? order.Via : "default";
                break;
        }
        return body;
    }

    /// <summary>Until it is answered, under one key: then there is one more message and not two.</summary>
    private async Task ResendAsync()
    {
        if ((await hand.AskAsync("history?outcome=bounced&limit=50"))?["messages"]?.AsArray() is not { Count: > 0 } found)
            return;
        var ended = found[random.Next(found.Count)]!;
        // What was sent again and bounced again is left alone, or it would never end.
        if ((string?)ended["sender"] is not { Length: > 0 } || ended["resentFrom"] is not null || (bool?)ended["contentKept"] is not true)
            return;
        var order = hand.New("resend", (string)ended["id"]!);
        for (var tries = 0; tries < MostTries; tries++)
        {
            if (await hand.GiveAsync(order, HttpMethod.Post, $"history/{order.Target}/resend", key: order.Text) is { IsUnknown: false })
                return;
        }
    }

    private async Task LookAsync()
    {
        await hand.AskAsync("overview");
        await hand.AskAsync($"messages?limit=200{RandomFilter.Choose(random, few: false).ToQuery()}");
        await hand.AskAsync("history?limit=200");
    }
}
