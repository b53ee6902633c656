using System.Text;
using Slimta.Chaos.Faults;

namespace Slimta.Chaos.Judging;

/// <summary>What a run came to.</summary>
internal sealed class Outcome
{
    private const int MostHistories = 8;
    private const int MostLines = 100;

    public required ChaosOptions Options { get; init; }
    public required Journal Journal { get; init; }
    public required IReadOnlyDictionary<Point, int> Hits { get; init; }
    public required IReadOnlyList<Point> Points { get; init; }
    public required Verdict Verdict { get; init; }
    public required int Skewed { get; init; }
    public required double Seconds { get; init; }

    public IReadOnlyList<Failure> Failures => Verdict.Failures;

    public int Accepted => Journal.Sent.Count(sent => sent.Acknowledged is not null);

    /// <summary>Processes that got a SIGKILL while mail was flowing.</summary>
    public int Kills => Journal.Faults.Count(IsKill);

    public string Report
    {
        get
        {
            var text = new StringBuilder();
            text.Append($"seed {Options.Seed}, {Options.Server}, {Seconds:F0} s\n\n");
            Figures(text);
            text.Append($"Healthy mail, from 250 to its last recipient\n  before there was mail for the sick: {Verdict.Before}\n  while it was there:                 {Verdict.BesideSick}\n\n");
            Table(text, "Not accepted", Journal.Sent.Where(sent => sent.Acknowledged is null).GroupBy(Refusal).Select(group => (group.Key, group.Count())));
            Table(text, "Faults", Journal.Faults.Where(fault => fault.What != Storm.ChosenPoint).GroupBy(fault => $"{fault.Name} of {fault.Target}").Select(group => (group.Key, group.Count())));
            Table(text, $"Chosen points, {Points.Count(Hits.ContainsKey)} of {Points.Count} hit", Points.Select(point => ($"{point}", Hits.GetValueOrDefault(point))));
            Table(text, "Orders", Journal.Orders.GroupBy(call => $"{call.Order.Action}{(call.Order.Matches is null ? "" : " by filter")}: {(call.Status == 0 ? "no answer" : $"{call.Status}")}").Select(group => (group.Key, group.Count())));
            Table(text, "Duplicates", Verdict.Duplicates.GroupBy(duplicate => duplicate.Cause).Select(group => (group.Key, group.Count())));
            text.Append(Failures.Count == 0 ? "Nothing lost, altered, stuck or left over; every duplicate explained.\n" : $"FAILED: {Failures.Count}\n");
            foreach (var group in Failures.GroupBy(failure => failure.Kind))
                text.Append($"  {group.Key}: {group.Count()}\n");
            if (Failures.Count > 0)
            {
                var evidence = new Evidence(Journal, Options.Server);
                foreach (var failure in Failures.DistinctBy(failure => (failure.Kind, failure.What)).Take(MostLines))
                    text.Append($"  {failure.Kind}: {failure.Token}: {failure.What}\n");
                foreach (var failure in Failures.GroupBy(failure => failure.Kind).SelectMany(kind => kind.Take(2)).Take(MostHistories))
                    text.Append($"\n{failure.Kind}: {failure.What}\n{History.Of(Journal, evidence, failure.Token)}");
            }
            return text.ToString();
        }
    }

    private void Figures(StringBuilder text)
    {
        var accepted = Journal.Sent.Where(sent => sent.Acknowledged is not null).ToList();
        var byHttp = Journal.Sent.Where(sent => sent.ByHttp).ToList();
        Table(text, "Figures",
        [
            ("messages sent", Journal.Sent.Count),
            ("accepted (250 or 202)", accepted.Count),
            ("by HTTP: sent", byHttp.Count),
            ("by HTTP: accepted", byHttp.Count(sent => sent.Acknowledged is not null)),
            ("by HTTP: sent more than once under their key", byHttp.Count(sent => sent.Tries > 1)),
            ("recipients accepted", accepted.Sum(sent => sent.Accepted.Count)),
            ("recipients bounced", Verdict.Bounced),
            ("arrivals at the sink", Journal.Arrivals.Count),
            ("messages that operators or their rules dropped", Verdict.Dropped),
            ("messages that operators sent again", Verdict.Resent),
            ("orders, answered", Journal.Orders.Count(call => call.Succeeded)),
            ("orders, not answered or 503", Journal.Orders.Count(call => call.IsUnknown)),
            ("jobs", Journal.Jobs.Count),
            ("messages changed by orders on all that match", Journal.Jobs.Values.Sum(job => job.Done)),
            ("lines of the audit", Verdict.Audited),
            ("faults", Journal.Faults.Count(fault => fault.Target != Stalls.Target)),
            ("of them SIGKILLs", Kills),
            ("processes started with another clock", Skewed),
            ("duplicates", Verdict.Duplicates.Count),
            ("duplicates without a cause", Verdict.Duplicates.Count(duplicate => !duplicate.IsExplained)),
            ("held without a cause", Failures.Count(failure => failure.Kind == "held")),
            ("healthy mail starved", Failures.Count(failure => failure.Kind == "starved")),
            ("lost", Failures.Count(failure => failure.Kind == "lost")),
        ]);
    }

    /// <summary>The reply's codes, or that none came.</summary>
    private static string Refusal(Sent sent) =>
        sent.Reply.Contains(" then ", StringComparison.Ordinal) ? "the connection was lost, or no reply came"
        : string.Join(' ', sent.Reply.Split(' ').Take(2));

    private static bool IsKill(FaultRecord fault) =>
        fault.What == "SIGKILL" || fault.Name is "failover" || fault.Name.EndsWith(" killed", StringComparison.Ordinal);

    private static void Table(StringBuilder text, string title, IEnumerable<(string Name, int Count)> rows)
    {
        text.Append(title).Append('\n');
        foreach (var (name, count) in rows.OrderBy(row => row.Name, StringComparer.Ordinal))
            text.Append($"  {count,8}  {name}\n");
        text.Append('\n');
    }
}
