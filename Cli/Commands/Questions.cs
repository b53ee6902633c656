using System.CommandLine;
using System.Text.Json.Nodes;

namespace Slimta.Cli;

/// <summary><c>queue</c>, <c>list</c>, <c>show</c>, <c>why</c>, <c>content</c>.</summary>
internal static class Questions
{
    public static IEnumerable<Command> All(Func<ParseResult, Session> open) => [Queue(open), List(open), Show(open), Why(open), Content(open)];

    private static Command Queue(Func<ParseResult, Session> open)
    {
        var limit = new Option<int>("--limit") { Description = "Destinations to show", DefaultValueFactory = _ => 20 };
        return new Command("queue", "The waiting mail, by state and destination") { limit }.With(open, async (line, session, cancellationToken) =>
        {
            var overview = await session.Server.GetAsync($"/operator/overview?limit={line.GetValue(limit)}", cancellationToken);
            if (session.Json)
            {
                session.WriteJson(overview);
                return ExitCodes.Done;
            }
            session.Say($"{overview["messages"]} in the queue: {overview["due"]} due, {overview["scheduled"]} scheduled, {overview["leased"]} leased, "
                + $"{overview["held"]} held; {Text.Bytes(overview["bytes"])} stored");
            if (overview["paused"] is { } paused)
                session.Say($"PAUSED: {Text.Of(paused["says"])}.");
            else
                foreach (var says in overview["destinations"]!.AsArray().Select(d => d!["paused"]).OfType<JsonNode>().Select(pause => Text.Of(pause["says"])).Distinct())
                    session.Say($"PAUSED: {says}.");
            if ((int)overview["rules"]! is > 0 and var rules)
                session.Say(rules == 1 ? "1 rule in force: see 'slimta rules'." : $"{rules} rules in force: see 'slimta rules'.");
            string[] columns = ["domain", "state", "messages", "due", "scheduled", "leased", "held", "bytes", "oldest", "lastError"];
            session.Write([.. columns.Select(column => column == "lastError" ? "last error" : column)], overview["destinations"]!.AsArray().Select(d => columns.Select(column => column switch
            {
                "bytes" => Text.Bytes(d![column]),
                "oldest" => Text.Time(d![column]),
                "state" when d!["coolingUntil"] is { } until => $"cooling down{Server(d)} until {Text.Time(until)}",
                "state" when (string?)d["state"] == "failing" => $"failing{Server(d)} since {Text.Time(d["failingSince"])}",
                _ => Text.Of(d![column]),
            }).ToArray()));
            foreach (var relay in overview["relays"]!.AsArray())
                session.Say($"relay {Text.Of(relay!["name"])}{(relay["started"] is { } since ? $", running since {Text.Time(since)}" : "")}: delivering {Text.Of(relay["delivering"])}, at most {Text.Of(relay["limit"])}");
            if (overview["relays"]!.AsArray().Count == 0)
                session.Say("No relay is running: nothing is delivered.");
            if (!(bool)overview["complete"]!)
                session.Say($"Estimated from {overview["examined"]} of the messages, spread over the queue.");
            return ExitCodes.Done;
        });
    }

    /// <summary>One next hop can serve many domains.</summary>
    private static string Server(JsonNode destination) => destination["server"] is { } server ? $" at {Text.Of(server)}" : "";

    private static Command List(Func<ParseResult, Session> open)
    {
        var filters = Filters.OfQueue();
        var (limit, sort) = (Paging.Limit(), Sorting.Option());
        var command = new Command("list", "The messages that match, one JSON object a line with --json") { limit, sort };
        filters.AddTo(command);
        return command.With(open, async (line, session, cancellationToken) =>
        {
            var most = line.GetValue(limit);
            var (filter, rows) = (filters.Read(line), new List<string[]>());
            Action<JsonNode> show = session.Json ? session.WriteJson : message => rows.Add(Row(message));
            var sorting = line.GetValue(sort) is { } by ? new Sorting(by, most) : null;
            var more = await Paging.EachAsync(session, "/operator/messages", Filters.ToQuery(filter), sorting is null ? most : 0,
                sorting is null ? show : message => sorting.Add(session, message), cancellationToken);
            if (sorting is not null)
            {
                more = sorting.HasMore;
                foreach (var message in sorting.Take())
                    show(message);
            }
            if (!session.Json)
            {
                session.Write(["id", "state", "when", "from", "to", "subject", "attempts", "note"], rows);
                session.Say(more ? $"{rows.Count} shown; there may be more (--limit)." : $"{rows.Count} found.");
                if (!more && rows.Count == 0 && filter["recipientState"] is null && (filter["recipient"] ?? filter["domain"]) is { } wanted)
                    session.Say($"No message waits for {Text.Of(wanted)}. --recipient-state any also finds those that have only others to wait for; 'slimta history' has those that have ended.");
            }
            return ExitCodes.Done;
        });
    }

    private static Command Show(Func<ParseResult, Session> open)
    {
        var id = MessageId.Argument();
        return new Command("show", "One message, with every attempt; for one that has ended, its outcome") { id }.With(open, async (line, session, cancellationToken) =>
        {
            JsonObject shown;
            try
            {
                shown = await session.Server.GetAsync($"/operator/messages/{Uri.EscapeDataString(line.GetValue(id)!)}", cancellationToken);
            }
            catch (OperatorException missing) when (missing.Code == ExitCodes.NotFound)
            {
                return await History.ShowAsync(session, line.GetValue(id)!, cancellationToken);
            }
            if (session.Json)
            {
                session.WriteJson(shown);
                return ExitCodes.Done;
            }
            var scheduled = (string?)shown["message"]!["state"] == "scheduled";
            foreach (var (name, value) in shown["message"]!.AsObject().Where(field => field.Key != "recipients"))
                session.Say($"{Words(name, scheduled)}: {Member(name, value)}");
            if (shown["client"] is JsonObject client)
                session.Say($"client: {string.Join(' ', client.Select(field => Text.Of(field.Value)))}");
            foreach (var recipient in shown["recipients"]?.AsArray() ?? [])
                session.Say($"recipient: {Text.Of(recipient!["address"])}{((bool)recipient["done"]! ? $" ({Text.Of(recipient["outcome"] ?? "done")})" : "")}");
            WriteAttempts(session, shown);
            return ExitCodes.Done;
        });
    }

    private static Command Why(Func<ParseResult, Session> open)
    {
        var id = MessageId.Argument();
        return new Command("why", "Why a message is not sent yet, or how it ended, for each recipient") { id }.With(open, async (line, session, cancellationToken) =>
        {
            var why = await session.Server.GetAsync($"/operator/messages/{Uri.EscapeDataString(line.GetValue(id)!)}/why", cancellationToken);
            if (session.Json)
                session.WriteJson(why);
            else
                foreach (var one in why["recipients"]!.AsArray())
                    session.Say($"{(one!["recipient"] is { } recipient ? Text.Of(recipient) + ": " : "")}{Text.Of(one["why"])}");
            return ExitCodes.Done;
        });
    }

    private static Command Content(Func<ParseResult, Session> open)
    {
        var id = MessageId.Argument();
        var output = new Option<FileInfo?>("--output", "-o") { Description = "A new file for it; without it, standard output" };
        return new Command("content", "The message itself, header and body, as message/rfc822") { id, output }.With(open, async (line, session, cancellationToken) =>
        {
            var file = line.GetValue(output);
            // A terminal obeys what a stranger wrote.
            if (file is null && !Console.IsOutputRedirected)
                throw new OperatorException(ExitCodes.Usage, "A message can hold what a terminal obeys. Name a file with --output, or redirect the output.");
            if (file?.Exists == true)
                throw new OperatorException(ExitCodes.Usage, $"{Text.Printable(file.FullName)} exists already; name a new file.");
            var path = $"/operator/messages/{Uri.EscapeDataString(line.GetValue(id)!)}/content";
            if (file is null)
            {
                await using var standard = Console.OpenStandardOutput();
                await session.Server.CopyAsync(path, () => standard, cancellationToken);
                return ExitCodes.Done;
            }
            var bytes = await session.Server.CopyAsync(path, () => file.Open(FileMode.CreateNew), cancellationToken);
            session.Say($"{Text.Bytes(bytes)} in {Text.Printable(file.FullName)}.");
            return ExitCodes.Done;
        });
    }

    /// <summary>A member of the API as a person reads it: nextAttempt is "next attempt".</summary>
    internal static string Words(string member, bool scheduled = false) => member == "due" ? scheduled ? "next attempt" : "due since"
        : string.Concat(member.Select(c => char.IsAsciiLetterUpper(c) ? $" {char.ToLowerInvariant(c)}" : $"{c}"));

    internal static void WriteAttempts(Session session, JsonObject shown)
    {
        foreach (var attempt in shown["attempts"]!.AsArray())
        {
            session.Say($"attempt at {Text.Time(attempt!["started"])} by {Text.Of(attempt["relay"])}{(attempt["route"] is { } route ? $", by the route {Text.Of(route)}" : "")}:");
            foreach (var outcome in attempt["outcomes"]!.AsArray())
                session.Say($"  {Text.Of(outcome!["recipient"])}: {Fate(outcome)}");
            foreach (var report in attempt["reports"]?.AsArray() ?? [])
                session.Say($"  report to the sender: {Text.Of(report)}");
        }
    }

    /// <summary>The outcome for a recipient: "delivered, mx.example.com: 250 ok".</summary>
    internal static string Fate(JsonNode recipient)
    {
        var outcome = Words(Text.Of(recipient["outcome"]));
        var said = string.Join(": ", new[] { Text.Of(recipient["host"]), Text.Of(recipient["reply"]) }.Where(words => words.Length > 0));
        return said.Length == 0 ? outcome : $"{outcome}, {said}";
    }

    /// <summary>A member of a message, as <c>show</c> prints it.</summary>
    internal static string Member(string name, JsonNode? value) => name switch
    {
        "due" or "leaseUntil" or "heldSince" or "received" or "ended" => Text.Time(value),
        "sender" => Text.Sender(value),
        _ => Text.Of(value),
    };

    private static string[] Row(JsonNode message)
    {
        var waiting = message["recipients"]?.AsArray() ?? [];
        var completed = message["completed"]?.AsArray().Count ?? 0;
        var more = (int?)message["waiting"] + completed - 1;
        return
        [
            Text.Of(message["id"]), Text.Of(message["state"]), When(message),
            Text.Sender(message["sender"]),
            waiting.Count == 0 ? "" : Text.Of(waiting[0]) + (completed > 0 ? " (completed)" : "") + (more > 0 ? $" +{more}" : ""),
            Text.Of(message["subject"]),
            Text.Of(message["attempts"]),
            message["paused"] is { } rule && message["problem"] is null ? $"paused by rule {Text.Of(rule["id"])}: {Text.Of(rule["reason"])}"
                : message["bounceText"] is { } text && message["holdReason"] is null ? $"to be bounced: {Text.Of(text)}"
                : (message["holdReason"] ?? message["problem"] ?? message["relay"] ?? message["lastReply"]) is { } note ? Text.Of(note)
                : message["destinationError"] is { } error ? $"its destination: {Text.Of(error)}" : "",
        ];
    }

    /// <summary>A time means another thing in each state.</summary>
    private static string When(JsonNode message) => (string?)message["state"] switch
    {
        "due" or "held" => $"since {Text.Time(message["due"] ?? message["heldSince"])}",
        "leased" => $"until {Text.Time(message["leaseUntil"])}",
        _ => $"next {Text.Time(message["due"])}",
    };
}
