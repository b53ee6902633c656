using System.Globalization;
using System.Text;
using Slimta.EndToEnd.Bench.Systems;

namespace Slimta.EndToEnd.Bench.Report;

/// <summary>What was set out for, and what each run found.</summary>
internal sealed class Aims(IReadOnlyList<Run> runs)
{
    private delegate double? Finding(Run run);

    public string Table()
    {
        var text = new StringBuilder("| Aim | Found, run by run | |\n|---|---|---|\n");
        Add("fsync always, tracing: at least 5 times Postfix", "F1", run => Ratio(run, SystemNames.Always, SystemNames.Postfix), found => found >= 5);
        Add("fsync always, tracing: at least 35 % of the ceiling", "P0", run => Ratio(run, SystemNames.Always, SystemNames.Ceiling), found => found >= 0.35);
        Add("Standalone on Garnet, tracing: at least 3 times Postfix", "F1", run => Ratio(run, SystemNames.Standalone, SystemNames.Postfix), found => found >= 3);
        foreach (var system in new[] { SystemNames.Always, SystemNames.Standalone })
            Add($"{system}: p99 from 250 to delivery at half load under 50 ms", "F1", run => run.Delays.GetValueOrDefault(system)?.P99 * 1000, found => found < 50);
        Add("5 MiB messages: edge and relay grow by at most 3 times the content in flight", "F1", Copies, found => found <= 3);
        Add("Idle: edge, relay and Standalone each under 1 % of a core", "P1", IdleShare, found => found < 0.01);
        Add("Idle: no span", "F0", run => run.IdleSpans, found => found == 0);
        return text.ToString();

        void Add(string aim, string format, Finding find, Func<double, bool> met)
        {
            var found = runs.Select(run => find(run)).OfType<double>().ToList();
            if (found.Count == 0)
                return;
            var each = found.Select(one => one.ToString(format, CultureInfo.InvariantCulture));
            var times = found.Count(met);
            text.Append($"| {aim} | {string.Join(", ", each)} | {(times == found.Count ? "met" : times == 0 ? "missed" : $"met in {times} of {found.Count}")} |\n");
        }
    }

    private static double? Ratio(Run run, string system, string to) =>
        Numbers.Ratios([run], Case.Headline.Name, system, to) is [var ratio] ? ratio : null;

    /// <summary>In flight are as many as there are sessions; what waits in the queue is Redis's.</summary>
    private static double? Copies(Run run) =>
        run.Find(Case.FiveMiB.Name, SystemNames.Always)?.Median is { } measured
            ? (double)(measured.Grown["edge"] + measured.Grown["relay"]) / (Case.FiveMiB.Mail.Sessions * (long)Case.FiveMiB.Mail.Bytes)
            : null;

    private static double? IdleShare(Run run) =>
        run.Idle.Where(idle => idle.Process is "edge" or "relay" or "standalone").Select(idle => (double?)idle.Share).Max();
}
