using System.CommandLine;
using System.Globalization;
using System.Text.Json.Nodes;

namespace Slimta.Cli;

/// <summary><c>jobs</c>, <c>cancel</c>, and following an order on all that match to its end.</summary>
internal static class Jobs
{
    private static readonly TimeSpan Shortest = TimeSpan.FromMilliseconds(50);
    private static readonly TimeSpan Longest = TimeSpan.FromSeconds(1);

    public static IEnumerable<Command> All(Func<ParseResult, Session> open) => [List(open), Cancel(open)];

    /// <summary>Starts a job and shows its progress until it has ended. Ctrl+C stops the display, not the job.</summary>
    public static async Task<int> RunAsync(Session session, JsonObject body, CancellationToken cancellationToken)
    {
        var job = await session.Server.PostAsync("/operator/jobs", body, cancellationToken);
        var id = Text.Of(job["id"]);
        if (!session.Json)
            session.Say($"Job {id}: {Text.Of(job["says"])}");
        var said = "";
        try
        {
            for (var pause = Shortest; Text.Of(job["state"]) == "running"; pause = pause * 2 < Longest ? pause * 2 : Longest)
            {
                await Task.Delay(pause, TimeProvider.System, cancellationToken);
                job = await session.Server.GetAsync($"/operator/jobs/{id}", cancellationToken);
                if (!session.Json && pause == Longest && Progress(job) is var now && now != said)
                    session.Say(said = now);
            }
        }
        catch (OperationCanceledException)
        {
            if (!session.Json)
                session.Say($"Job {id} goes on. 'slimta jobs {id}' shows its progress, 'slimta cancel {id}' stops it.");
            else
                session.WriteJson(job);
            return ExitCodes.Interrupted;
        }
        catch (OperatorException away) when (away.Code == ExitCodes.Unavailable)
        {
            throw new OperatorException(away.Code, $"{away.Message}\nJob {id} goes on by itself: 'slimta jobs {id}' shows its progress.");
        }
        if (session.Json)
            session.WriteJson(job);
        else
            Print(session, job);
        return CodeOf(job);
    }

    private static Command List(Func<ParseResult, Session> open)
    {
        var id = new Argument<string?>("job") { Arity = ArgumentArity.ZeroOrOne, Description = "One job; without it, all that run or have ended in the last day" };
        return new Command("jobs", "Orders on all that match: their progress, and how they ended") { id }.With(open, async (line, session, cancellationToken) =>
        {
            if (line.GetValue(id) is { } one)
            {
                var job = await session.Server.GetAsync($"/operator/jobs/{Uri.EscapeDataString(one)}", cancellationToken);
                if (session.Json)
                    session.WriteJson(job);
                else
                    Print(session, job, details: true);
                return ExitCodes.Done;
            }
            var list = await session.Server.GetAsync("/operator/jobs", cancellationToken);
            if (session.Json)
            {
                session.WriteJson(list);
                return ExitCodes.Done;
            }
            var jobs = list["jobs"]!.AsArray();
            session.Write(["id", "state", "order", "changed", "left alone", "failed", "by", "started", "ended"], jobs.Select(job => (string[])
            [
                Text.Of(job!["id"]), StateOf(job), Text.Of(job["says"]), Text.Of(job["done"]), Text.Of(job["delivering"]), Text.Of(job["failed"]),
                Text.Of(job["author"]), Text.Time(job["started"]), Text.Time(job["ended"]),
            ]));
            session.Say(jobs.Count == 1 ? "1 job." : $"{jobs.Count} jobs.");
            return ExitCodes.Done;
        });
    }

    private static Command Cancel(Func<ParseResult, Session> open)
    {
        var id = new Argument<string>("job");
        return new Command("cancel", "Stop a job; its changes stay") { id }.With(open, async (line, session, cancellationToken) =>
        {
            var job = await session.Server.PostAsync($"/operator/jobs/{Uri.EscapeDataString(line.GetValue(id)!)}/cancel", [], cancellationToken);
            if (session.Json)
                session.WriteJson(job);
            else
                session.Say($"Job {Text.Of(job["id"])} stops; {Text.Messages((long)job["done"]!)} changed so far.");
            return ExitCodes.Done;
        });
    }

    private static void Print(Session session, JsonNode job, bool details = false)
    {
        if (details)
        {
            session.Say($"Job {Text.Of(job["id"])} by {Text.Of(job["author"])}, started {Text.Time(job["started"])}: {Text.Of(job["says"])}");
            session.Say(Text.Of(job["state"]) == "running" ? $"{StateOf(job)}: {Progress(job)}" : $"{StateOf(job)} {Text.Time(job["ended"])}");
        }
        if (job["problem"] is { } problem)
            session.Say($"{(Text.Of(job["state"]) == "failed" ? "It failed" : "It waits and tries again")}: {Text.Of(problem)}");
        if (Text.Of(job["state"]) != "running")
            session.Say($"{Text.Of(job["action"])}: {Text.Messages((long)job["done"]!)} {Orders.Became(Text.Of(job["action"]))}{(Text.Of(job["state"]) == "canceled" ? $"; canceled by {Text.Of(job["canceledBy"])}" : "")}.");
        if ((long)job["delivering"]! is > 0 and var delivering)
            session.Say($"{Text.Messages(delivering)} being delivered and left alone; give the order again when the attempts have ended.");
        if (job["note"] is { } note)
            session.Say(Text.Of(note));
        foreach (var one in job["failures"]!.AsArray())
            session.Say($"{Text.Of(one!["id"])}: {Text.Of(one["problem"])}");
        if ((long)job["failed"]! - job["failures"]!.AsArray().Count is > 0 and var more)
            session.Say($"{Text.Messages(more)} more could not be changed.");
    }

    private static string Progress(JsonNode job)
    {
        var (examined, total) = ((long)job["examined"]!, (long)job["total"]!);
        return string.Create(CultureInfo.InvariantCulture, $"{Text.Messages((long)job["done"]!)} changed so far, {examined} of {total} looked at");
    }

    private static string StateOf(JsonNode job) => Text.Of(job["state"]) is "running" && job["canceledBy"] is not null ? "stopping" : Text.Of(job["state"]);

    private static int CodeOf(JsonNode job) => Text.Of(job["state"]) switch
    {
        "canceled" => ExitCodes.Canceled,
        "failed" => ExitCodes.Failed,
        _ => (long)job["failed"]! > 0 ? ExitCodes.Failed : (long)job["delivering"]! > 0 ? ExitCodes.LeftAlone : ExitCodes.Done,
    };
}
