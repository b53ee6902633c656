using System.CommandLine;
using System.Globalization;
using System.Text.Json.Nodes;

namespace Slimta.Cli;

/// <summary><c>retry</c>, <c>reschedule</c>, <c>hold</c>, <c>release</c>, <c>bounce</c>, <c>drop</c>: on one message, or on all that match.</summary>
internal static class Orders
{
    public static IEnumerable<Command> All(Func<ParseResult, Session> open) =>
    [
        Order(open, "retry", "Make it due now"),
        Order(open, "reschedule", "Set when it is due", new Option<string>("--at") { Description = "As 2026-12-24T08:00:00Z", Required = true }),
        Order(open, "hold", "Keep it until it is released", new Option<string>("--reason", "--why") { Description = "Why, for the next operator", Required = true }),
        Order(open, "release", "Put it back into the schedule"),
        Order(open, "bounce", "End it and tell its sender", new Option<string>("--text") { Description = "What its sender is told", Required = true }),
        Order(open, "drop", "End it, without a report to its sender", new Option<string>("--reason", "--why") { Description = "Why, for those who find it in the history" }),
    ];

    private static Command Order(Func<ParseResult, Session> open, string action, string description, Option<string>? words = null)
    {
        var id = new Argument<string?>("id") { Arity = ArgumentArity.ZeroOrOne, Description = "One message; without it, all that match the filters" };
        var all = new Option<bool>("--all") { Description = "Every message in the queue is meant" };
        var yes = new Option<bool>("--yes") { Description = "Do it; without it, the messages that match are only counted" };
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
            if (line.GetValue(id) is { } one)
            {
                return filter.Count > 0 || line.GetValue(all)
                    ? throw new OperatorException(ExitCodes.Usage, "Name a message or filters, not both.")
                    : OneAsync(session, action, one, body, cancellationToken);
            }
            if (filter.Count == 0 && !line.GetValue(all))
                throw new OperatorException(ExitCodes.Usage, "Name a message, filters such as --domain, or --all.");
            (body["action"], body["filter"], body["dryRun"], body["all"]) = (action, filter, !line.GetValue(yes), line.GetValue(all));
            return ManyAsync(session, action, body, !line.GetValue(yes), cancellationToken);
        });
    }

    private static async Task<int> OneAsync(Session session, string action, string id, JsonObject body, CancellationToken cancellationToken)
    {
        var done = await session.Server.PostAsync($"/operator/messages/{Uri.EscapeDataString(id)}/{action}", body, cancellationToken);
        if (session.Json)
            session.WriteJson(done);
        else
            session.Say($"{Text.Printable(id)}: {action} done.");
        return ExitCodes.Done;
    }

    private static async Task<int> ManyAsync(Session session, string action, JsonObject body, bool dryRun, CancellationToken cancellationToken)
    {
        var (done, delivering, failed) = (0, 0, new JsonArray());
        do
        {
            JsonObject page;
            try
            {
                page = await session.Server.PostAsync("/operator/actions", body, cancellationToken);
            }
            catch (OperatorException stopped) when (done > 0)
            {
                throw new OperatorException(stopped.Code, $"{stopped.Message}\n{Count(done)} done before that. Give the same order again to go on.");
            }
            done += (int)page["done"]!;
            delivering += (int)page["delivering"]!;
            foreach (var one in page["failed"]!.AsArray())
                failed.Add(one!.DeepClone());
            body["cursor"] = page["cursor"]?.DeepClone();
            if (!session.Json && body["cursor"] is not null)
                session.Say($"{Count(done)} {(dryRun ? "counted" : "done")} so far");
        }
        while (body["cursor"] is not null);
        if (session.Json)
            session.WriteJson(new JsonObject { ["action"] = action, ["dryRun"] = dryRun, ["done"] = done, ["delivering"] = delivering, ["failed"] = failed });
        else
            Print(session, action, dryRun, done, delivering, failed);
        return failed.Count > 0 ? ExitCodes.Failed : delivering > 0 ? ExitCodes.LeftAlone : ExitCodes.Done;
    }

    private static void Print(Session session, string action, bool dryRun, int done, int delivering, JsonArray failed)
    {
        session.Say(dryRun ? $"{action} would change {Count(done)}. Say --yes to do it." : $"{action}: {Count(done)} changed.");
        if (delivering > 0)
            session.Say($"{Count(delivering)} being delivered and left alone; give the order again when the attempts have ended.");
        foreach (var one in failed)
            session.Say($"{Text.Of(one!["id"])}: {Text.Of(one["problem"])}");
    }

    private static string Count(int n) => string.Create(CultureInfo.InvariantCulture, $"{n} {(n == 1 ? "message" : "messages")}");
}
