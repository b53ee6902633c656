using System.CommandLine;
using System.Text.Json.Nodes;

namespace Slimta.Cli;

/// <summary><c>retry</c>, <c>reschedule</c>, <c>hold</c>, <c>release</c>, <c>bounce</c>, <c>route</c>, <c>drop</c>: on one message, or on all that match.</summary>
internal static class Orders
{
    public static IEnumerable<Command> All(Func<ParseResult, Session> open) =>
    [
        Order(open, "retry", "Make it due now"),
        Order(open, "reschedule", "Set when it is due", new Option<string>("--at") { Description = "As 2026-12-24T08:00:00Z", Required = true }),
        Order(open, "hold", "Keep it until it is released", new Option<string>("--reason", "--why") { Description = "Why, for the next operator", Required = true }),
        Order(open, "release", "Put it back into the schedule"),
        Order(open, "bounce", "End it and tell its sender", new Option<string>("--text") { Description = "What its sender is told", Required = true }),
        Order(open, "route", "Send it now by another route of the relays'", new Option<string>("--via") { Description = "The route's name; default for the relays' own choice", Required = true }),
        Order(open, "drop", "End it, without a report to its sender", new Option<string>("--reason", "--why") { Description = "Why, for those who find it in the history" }),
    ];

    private static Command Order(Func<ParseResult, Session> open, string action, string description, Option<string>? words = null)
    {
        var id = MessageId.Any("One message, or several; without any, all that match the filters");
        var all = new Option<bool>("--all") { Description = "Apply to every message in the queue" };
        var yes = new Option<bool>("--yes") { Description = "Carry out the order; without this, the messages that match are only counted" };
        var filters = Filters.OfQueue();
        var command = new Command(action, description) { id, all, yes };
        filters.AddTo(command);
        if (words is not null)
            command.Options.Add(words);
        return command.With(open, (line, session, cancellationToken) =>
        {
            var body = new JsonObject();
            if (words is not null && line.GetValue(words) is { } said)
                body[words.Name.TrimStart('-')] = said;
            var filter = filters.Read(line);
            if (line.GetValue(id) is { Length: > 0 } named)
            {
                return filter.Count > 0 || line.GetValue(all)
                    ? throw new OperatorException(ExitCodes.Usage, "Name messages or filters, not both.")
                    : EachAsync(session, action, named, body, cancellationToken);
            }
            if (filter.Count == 0 && !line.GetValue(all))
                throw new OperatorException(ExitCodes.Usage, "Name a message, filters such as --domain, or --all.");
            (body["action"], body["filter"], body["all"]) = (action, filter, line.GetValue(all));
            return line.GetValue(yes) ? Jobs.RunAsync(session, body, cancellationToken) : CountAsync(session, action, body, cancellationToken);
        });
    }

    /// <summary>One after the other. A message that is refused holds up no other; what the edge cannot do at all ends it. The last refusal has the exit code.</summary>
    private static async Task<int> EachAsync(Session session, string action, string[] ids, JsonObject body, CancellationToken cancellationToken)
    {
        var (refusals, code) = (new List<string>(), ExitCodes.Done);
        foreach (var id in ids.Distinct())
        {
            if (code is not (ExitCodes.Done or ExitCodes.NotFound or ExitCodes.LeftAlone))
            {
                refusals.Add($"{Text.Printable(id)}: not tried.");
                continue;
            }
            try
            {
                var done = await session.Server.PostAsync($"/operator/messages/{Uri.EscapeDataString(id)}/{action}", (JsonObject)body.DeepClone(), cancellationToken);
                if (session.Json)
                    session.WriteJson(done);
                else
                    session.Say($"{Text.Printable(id)}: {Became(action)}.{(done["note"] is { } note ? $" {Text.Of(note)}" : "")}");
            }
            catch (OperatorException refused) when (ids.Length > 1)
            {
                code = refused.Code;
                refusals.Add($"{Text.Printable(id)}: {refused.Message}");
            }
        }
        return refusals.Count == 0 ? ExitCodes.Done : throw new OperatorException(code, string.Join('\n', refusals));
    }

    /// <summary>What an order makes of a message.</summary>
    public static string Became(string action) => action switch
    {
        "retry" => "due now",
        "reschedule" => "rescheduled",
        "hold" => "on hold",
        "release" => "back in the schedule",
        "bounce" => "to be bounced: the next free relay tells the sender",
        "route" => "due now, by that route",
        _ => "dropped: the sender is not told",
    };

    /// <summary>In which an order means something.</summary>
    private static string StatesFor(string action) => action switch
    {
        "retry" => "scheduled",
        "release" => "held",
        "hold" or "reschedule" => "due or scheduled",
        _ => "due, scheduled or held",
    };

    private static async Task<int> CountAsync(Session session, string action, JsonObject body, CancellationToken cancellationToken)
    {
        var (count, delivering, note) = (0, 0, (JsonNode?)null);
        do
        {
            var page = await session.Server.PostAsync("/operator/jobs/count", body, cancellationToken);
            (count, delivering) = (count + (int)page["count"]!, delivering + (int)page["delivering"]!);
            body["cursor"] = page["cursor"]?.DeepClone();
            note = page["note"];
            if (!session.Json && body["cursor"] is not null)
                session.Say($"{Text.Messages(count)} counted so far");
        }
        while (body["cursor"] is not null);
        if (session.Json)
        {
            var counted = new JsonObject { ["action"] = action, ["count"] = count, ["delivering"] = delivering };
            if (note is not null)
                counted["note"] = note.DeepClone();
            session.WriteJson(counted);
            return ExitCodes.Done;
        }
        session.Say(count > 0 ? $"{action} would change {Text.Messages(count)}. Say --yes to do it."
            : $"{action} would change nothing: no message that matches is {StatesFor(action)}. 'slimta list' with the same filters shows what there is.");
        if (note is not null)
            session.Say(Text.Of(note));
        if (delivering > 0)
            session.Say($"{Text.Messages(delivering)} being delivered would be left alone.");
        return ExitCodes.Done;
    }
}
