using System.CommandLine;
using System.Text.Json.Nodes;

namespace Slimta.Cli;

/// <summary><c>history</c>, <c>resend</c>, and the part of <c>show</c> for a message that has ended.</summary>
internal static class History
{
    public static IEnumerable<Command> All(Func<ParseResult, Session> open) => [List(open), Resend(open)];

    public static async Task<int> ShowAsync(Session session, string id, CancellationToken cancellationToken)
    {
        JsonObject shown;
        try
        {
            shown = await session.Server.GetAsync($"/operator/history/{Uri.EscapeDataString(id)}", cancellationToken);
        }
        catch (OperatorException neither) when (neither.Code == ExitCodes.NotFound)
        {
            // This tells of both.
            await session.Server.GetAsync($"/operator/messages/{Uri.EscapeDataString(id)}/why", cancellationToken);
            throw;
        }
        if (session.Json)
        {
            session.WriteJson(shown);
            return ExitCodes.Done;
        }
        foreach (var (name, value) in shown["message"]!.AsObject().Where(field => field.Key is not ("recipients" or "reply")))
            session.Say($"{Questions.Words(name)}: {Questions.Member(name, value)}");
        if (shown["client"] is JsonObject client)
            session.Say($"client: {string.Join(' ', client.Select(field => Text.Of(field.Value)))}");
        foreach (var recipient in shown["recipients"]!.AsArray())
            session.Say($"recipient: {Text.Of(recipient!["recipient"])}: {Questions.Fate(recipient)}");
        Questions.WriteAttempts(session, shown);
        return ExitCodes.Done;
    }

    private static Command List(Func<ParseResult, Session> open)
    {
        var filters = Filters.OfHistory();
        var limit = Paging.Limit();
        var command = new Command("history", "The messages that have ended, the last first; one JSON object a line with --json") { limit };
        filters.AddTo(command);
        return command.With(open, async (line, session, cancellationToken) =>
        {
            var rows = new List<string[]>();
            var more = await Paging.EachAsync(session, "/operator/history", Filters.ToQuery(filters.Read(line)), line.GetValue(limit), session.Json ? session.WriteJson : message => rows.Add(Row(message)), cancellationToken);
            if (!session.Json)
            {
                session.Write(["id", "outcome", "ended", "from", "to", "subject", "attempts", "note"], rows);
                session.Say(more ? $"{rows.Count} shown; there may be more (--limit)." : $"{rows.Count} found.");
            }
            return ExitCodes.Done;
        });
    }

    private static Command Resend(Func<ParseResult, Session> open)
    {
        var id = MessageId.Argument("history");
        var recipients = new Option<string[]>("--recipient") { Description = "Only this recipient; may be given several times. Without it, all that failed" };
        return new Command("resend", "Send a bounced message again; needs Storage:KeepContent") { id, recipients }.With(open, async (line, session, cancellationToken) =>
        {
            var body = new JsonObject();
            if (line.GetValue(recipients) is { Length: > 0 } named)
                body["recipients"] = new JsonArray([.. named.Select(address => (JsonNode)address)]);
            var done = await session.Server.PostAsync($"/operator/history/{Uri.EscapeDataString(line.GetValue(id)!)}/resend", body, cancellationToken);
            if (session.Json)
                session.WriteJson(done);
            else
                session.Say((bool?)done["replayed"] == true
                    ? $"{Text.Of(done["id"])}: was sent again before, as {Text.Of(done["newId"])}; nothing was added. See 'slimta show {Text.Of(done["newId"])}'."
                    : $"{Text.Of(done["id"])}: sent again as {Text.Of(done["newId"])}.");
            return ExitCodes.Done;
        });
    }

    private static string[] Row(JsonNode message)
    {
        var recipients = message["recipients"]?.AsArray() ?? [];
        var more = (int?)message["recipientCount"] - 1;
        var order = string.Join(": ", new[] { message["by"], message["reason"] }.Where(words => words is not null).Select(Text.Of));
        return
        [
            Text.Of(message["id"]), Text.Of(message["outcome"]), Text.Time(message["ended"]),
            Text.Sender(message["sender"]),
            recipients.Count == 0 ? "" : Text.Of(recipients[0]) + (more > 0 ? $" +{more}" : ""),
            Text.Of(message["subject"]), Text.Of(message["attempts"]),
            order.Length > 0 ? order : Text.Of(message["problem"] ?? message["reply"]),
        ];
    }
}
