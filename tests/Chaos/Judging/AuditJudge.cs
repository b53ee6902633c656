using Slimta.Chaos.Operating;

namespace Slimta.Chaos.Judging;

/// <summary>Whether the audit tells the truth: a line for each answer, none without an order, and counts that the queue's server confirms.</summary>
internal sealed class AuditJudge(Journal journal, Evidence evidence, Action<string, string, string> fail)
{
    /// <summary>A process logs a moment after it has answered, and takes with it what it has not written when it is killed.</summary>
    private static readonly long Unwritten = Clock.Seconds(5);

    /// <summary>An edge ends what was ordered, also when it is not waited for.</summary>
    private static readonly long StillAtIt = Clock.Seconds(20);

    private readonly List<OrderCall> _calls = [.. journal.Orders.Where(call => call.Order.Action != "count")];

    /// <returns>How many lines there are.</returns>
    public int Decide()
    {
        var lines = journal.Lines.Select(AuditLine.Read).OfType<AuditLine>().ToList();
        foreach (var call in _calls.Where(call => call.Status >= 500 && call.Status != 503 || call.Status is 400 or 401 or 403))
            fail("order refused", call.Order.Text, $"{call.Edge} answered {call.Status} to {call.Order.Action} on {call.Order.Target}: {call.Answer}");
        DecideJobs(lines.Where(line => line.Order.StartsWith(AuditLine.Job, StringComparison.Ordinal)).ToLookup(line => line.Order[AuditLine.Job.Length..]));
        foreach (var edge in _calls.Select(call => call.Edge).Concat(lines.Select(line => line.Edge)).Distinct())
            DecideLines(edge, lines.Where(line => line.Edge == edge && !line.Order.StartsWith(AuditLine.Job, StringComparison.Ordinal)), _calls.Where(call => call.Edge == edge).ToList());
        foreach (var call in _calls.Where(call => call.Succeeded && call.Done is not null))
            DecideCount(call);
        return lines.Count;
    }

    private void DecideLines(string edge, IEnumerable<AuditLine> lines, IReadOnlyList<OrderCall> calls)
    {
        var unclaimed = lines.GroupBy(line => line.Order).ToDictionary(group => group.Key, group => group.ToList());
        foreach (var call in calls.Where(call => call.Succeeded))
        {
            var some = unclaimed.GetValueOrDefault(AuditLine.OrderOf(call.Order)) ?? [];
            if (some.FindIndex(line => line.Counts == call.Counts) is var index and >= 0)
                some.RemoveAt(index);
            else if (!WasKilled(edge, call.Until))
                fail("audit line missing", call.Order.Text, $"{edge} answered at {Clock.Text(call.Until)} to \"{AuditLine.OrderOf(call.Order)}\" with {call.Counts}, and has no such line: {string.Join("; ", some)}");
        }
        foreach (var (order, some) in unclaimed.Where(pair => pair.Value.Count > 0))
        {
            var unanswered = calls.Count(call => !call.Succeeded
                && (AuditLine.OrderOf(call.Order) == order || $"{call.Order.By} {call.Order.Action} {call.Order.Target} " == order));
            if (some.Count > unanswered)
                fail("audit line without an order", order, $"{edge} logged {some.Count} lines \"{order}\" ({string.Join(", ", some.Select(line => line.Counts))}), and {unanswered} requests were not answered");
        }
    }

    private bool WasKilled(string edge, long at) => evidence.Faults.Any(fault => fault.Target == edge && fault.Begin < at + Unwritten && fault.End > at);

    /// <summary>What is logged of a job's end is what its record says. A process that dies just then has not logged it, or another logs it again.</summary>
    private void DecideJobs(ILookup<string, AuditLine> lines)
    {
        foreach (var job in journal.Jobs.Values)
        {
            if (job.State == "running")
                fail("job", job.Text, $"job {job.Id} still runs, although all faults are over");
            foreach (var line in lines[job.Id].Where(line => line.Counts != job.Counts))
                fail("audit count", job.Text, $"{line.Edge} says {line.Counts} of job {job.Id} at {Clock.Text(line.At)}, and its record {job.Counts}");
        }
        // What was not answered need not be there.
        foreach (var call in _calls.Where(call => call.Status == 202 && (string?)call.Answer?["id"] is { } id
            && (!journal.Jobs.TryGetValue(id, out var job) || job.State == Job.Gone)))
            fail("job", call.Order.Text, $"job {call.Answer!["id"]} was answered with 202 at {Clock.Text(call.Until)}, and is gone");
        var (missing, kills) = (journal.Jobs.Values.Count(job => job.State != Job.Gone && !lines.Contains(job.Id)), evidence.Faults.Count(fault => _calls.Exists(call => call.Edge == fault.Target)));
        if (missing > kills)
            fail("audit line missing", "jobs", $"of {journal.Jobs.Count} jobs {missing} have no line of their end, and edges were killed {kills} times");
    }

    /// <summary>What the proxy before the queue's server saw done while the request was under way, if no other can have done it.</summary>
    private void DecideCount(OrderCall call)
    {
        const string Step = "hasten";
        if (!evidence.SeesEdges || _calls.Any(other => other != call && other.Edge == call.Edge && other.Order.Action == call.Order.Action
            && other.At < call.Until && (other.Succeeded ? other.Until : other.Until + StillAtIt) > call.At))
            return;
        var done = evidence.ChangesOf($"{call.Edge}>queue", Step).Where(change => change.At > call.At && change.At < call.Until)
            .Sum(change => int.TryParse(change.Reply, out var hastened) ? hastened : 0);
        if (done != call.Done)
            fail("audit count", call.Order.Text, $"{call.Edge} says {call.Done} for \"{AuditLine.OrderOf(call.Order)}\" at {Clock.Text(call.Until)}, and the server did {done}");
    }
}
