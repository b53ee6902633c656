using System.CommandLine;
using System.Text.Json.Nodes;

namespace Slimta.Cli;

/// <summary><c>pause</c>, <c>resume</c>, <c>rules</c>: rules for mail from now on.</summary>
internal static class Rules
{
    public static IEnumerable<Command> All(Func<ParseResult, Session> open) => [Pause(open), Resume(open), Standing(open)];

    private static Argument<string?> DomainArgument() => new("domain")
    {
        Arity = ArgumentArity.ZeroOrOne,
        Description = "The recipients' domain; *.example.com for those below it; without it, the whole queue",
    };

    private static Command Pause(Func<ParseResult, Session> open)
    {
        var (domain, terms) = (DomainArgument(), new Terms());
        var yes = new Option<bool>("--yes") { Description = "The whole queue is meant" };
        var command = new Command("pause", "Start no attempt for a domain, or for the whole queue, until it is resumed") { domain, yes };
        terms.AddTo(command);
        return command.With(open, async (line, session, cancellationToken) =>
        {
            var body = terms.Read(line);
            if (line.GetValue(domain) is { } one)
                body["domain"] = one;
            else if (!line.GetValue(yes))
                throw new OperatorException(ExitCodes.Usage, "This would stop the mail to every domain. Name one, or say --yes if the whole queue is meant.");
            return Write(session, await session.Server.PostAsync("/operator/pause", body, cancellationToken));
        });
    }

    private static Command Resume(Func<ParseResult, Session> open)
    {
        var domain = DomainArgument();
        return new Command("resume", "End the pauses of a domain, or of the whole queue") { domain }.With(open, async (line, session, cancellationToken) =>
        {
            var body = new JsonObject();
            if (line.GetValue(domain) is { } one)
                body["domain"] = one;
            var ended = await session.Server.PostAsync("/operator/resume", body, cancellationToken);
            if (session.Json)
                session.WriteJson(ended);
            foreach (var rule in session.Json ? [] : ended["rules"]!.AsArray())
                session.Say($"{Text.Of(rule!["domain"]) switch { "" => "the queue", var name => name }}: pause ended.");
            return ExitCodes.Done;
        });
    }

    private static Command Standing(Func<ParseResult, Session> open)
    {
        var id = new Argument<string>("id");
        var command = new Command("rules", "The rules in force; add one, or remove one");
        command.Subcommands.Add(new Command("list", "The rules in force").With(open, ListAsync));
        command.Subcommands.Add(Add(open));
        command.Subcommands.Add(new Command("remove", "End a rule") { id }.With(open, async (line, session, cancellationToken) =>
        {
            var ended = await session.Server.DeleteAsync($"/operator/rules/{Uri.EscapeDataString(line.GetValue(id)!)}", cancellationToken);
            if (session.Json)
                session.WriteJson(ended);
            else
                session.Say($"{Text.Of(ended["id"])}: removed.");
            return ExitCodes.Done;
        }));
        return command.With(open, ListAsync);
    }

    private static Command Add(Func<ParseResult, Session> open)
    {
        var action = new Argument<string>("action") { Description = "pause, hold or drop" };
        var domain = new Option<string?>("--domain") { Description = "The recipients' domain; *.example.com for those below it" };
        var sender = new Option<string?>("--sender") { Description = "The sender's address; @example.com for a domain; <> for bounces" };
        var yes = new Option<bool>("--yes") { Description = "Apply to all mail" };
        var terms = new Terms();
        var command = new Command("add", "Pause, hold or drop mail for a domain or from a sender") { action, domain, sender, yes };
        terms.AddTo(command);
        return command.With(open, async (line, session, cancellationToken) =>
        {
            var body = terms.Read(line);
            (body["action"], body["confirm"]) = (line.GetValue(action), line.GetValue(yes));
            if (line.GetValue(domain) is { } its)
                body["domain"] = its;
            if (line.GetValue(sender) is { } from)
                body["sender"] = from;
            return Write(session, await session.Server.PostAsync("/operator/rules", body, cancellationToken));
        });
    }

    private static async Task<int> ListAsync(ParseResult line, Session session, CancellationToken cancellationToken)
    {
        var rules = await session.Server.GetAsync("/operator/rules", cancellationToken);
        if (session.Json)
        {
            session.WriteJson(rules);
            return ExitCodes.Done;
        }
        if (rules["rules"]!.AsArray().Count == 0)
            session.Say("No rule is in force.");
        session.Write(["id", "action", "domain", "sender", "author", "since", "until", "reason"], rules["rules"]!.AsArray().Select(rule => (string[])
        [
            Text.Of(rule!["id"]), Text.Of(rule["action"]), rule["domain"] is null && rule["sender"] is null ? "the queue" : Text.Of(rule["domain"]), Text.Sender(rule["sender"]),
            Text.Of(rule["author"]), Text.Time(rule["created"]), Text.Time(rule["expires"]), Text.Of(rule["reason"]),
        ]));
        return ExitCodes.Done;
    }

    private static int Write(Session session, JsonObject rule)
    {
        if (session.Json)
            session.WriteJson(rule);
        else
        {
            var (id, action) = (Text.Of(rule["id"]), Text.Of(rule["action"]));
            session.Say($"{id}: {Text.Of(rule["says"])}.");
            if (action == "pause")
                session.Say($"It keeps back what is in the queue and what comes{(rule["expires"] is null ? $". 'slimta rules remove {id}' ends it" : "")}.");
            else if (action == "hold")
                session.Say("What it has put on hold stays so when the rule ends: release it.");
            if (rule["note"] is { } note)
                session.Say(Text.Of(note));
        }
        return ExitCodes.Done;
    }

    /// <summary>Why, and until when.</summary>
    private sealed class Terms
    {
        private readonly Option<string> _why = new("--reason", "--why") { Description = "Why, for those who find it", Required = true };
        private readonly Option<string?> _for = new("--for") { Description = "For how long: 90s, 30m, 2h, 7d; without it, until it is ended" };
        private readonly Option<string?> _until = new("--until") { Description = "Until when, as 2026-12-24T08:00:00Z" };

        public void AddTo(Command command)
        {
            command.Options.Add(_why);
            command.Options.Add(_for);
            command.Options.Add(_until);
        }

        public JsonObject Read(ParseResult line)
        {
            var body = new JsonObject { ["reason"] = line.GetValue(_why) };
            if (line.GetValue(_for) is { } span)
                body["for"] = span;
            if (line.GetValue(_until) is { } end)
                body["until"] = end;
            return body;
        }
    }
}
