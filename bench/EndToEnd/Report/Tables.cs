using System.Globalization;
using System.Text;
using Slimta.EndToEnd.Bench.Systems;

namespace Slimta.EndToEnd.Bench.Report;

/// <summary>Runs as Markdown: of each value the median of the runs, and from the lowest to the highest where it matters.</summary>
internal sealed class Tables(IReadOnlyList<Run> runs)
{
    public string All() => string.Join("\n", [Headline(), Cases(), new Aims(runs).Table(), Idle(), Runs(), Full()]);

    public string Headline()
    {
        var text = new StringBuilder($"""
            {Case.Headline.Name}, the median of {Case.Headline.Rounds} rounds in turn:

            | System | Accepted/s | Delivered/s | : Postfix | : ceiling | CPU s for 1,000 messages | Peak memory, MB | 250 to delivery at half load, ms: p50, p99 |
            |---|---|---|---|---|---|---|---|

            """);
        foreach (var system in Systems)
        {
            var rounds = Of(run => run.Find(Case.Headline.Name, system)?.Median);
            if (rounds.Count == 0)
                continue;
            var delays = Of(run => run.Delays.GetValueOrDefault(system));
            text.Append(CultureInfo.InvariantCulture, $"| {system} | {Span(rounds, r => r.Accepted, "F0")} | {Span(rounds, r => r.Delivered, "F0")} ");
            text.Append(CultureInfo.InvariantCulture, $"| {Ratios(system, SystemNames.Postfix, "F1")} | {Ratios(system, SystemNames.Ceiling, "P0")} ");
            text.Append(CultureInfo.InvariantCulture, $"| {ByProcess(rounds, r => r.Cpu, "F2")} | {ByProcess(rounds, r => r.Peak.ToDictionary(p => p.Key, p => p.Value / 1e6), "F0")} ");
            text.Append(delays.Count == 0 ? "| |\n"
                : $"| {Span(delays, d => d.Median * 1000, "F1")}, {Span(delays, d => d.P99 * 1000, "F1")} at {Numbers.Median(delays.Select(d => d.PerSecond)):F0}/s |\n");
        }
        return text.ToString();
    }

    private string Cases()
    {
        var text = new StringBuilder("Delivered/s, its ratio to Postfix, and CPU s for 1,000 messages:\n\n| Case |");
        text.AppendJoin(" |", Systems.Select(system => $" {system}")).Append(" |\n|---|").Insert(text.Length, "---|", Systems.Count).Append('\n');
        foreach (var name in runs.SelectMany(run => run.Cells).Select(cell => cell.Case).Distinct())
            text.Append($"| {name} | ").AppendJoin(" | ", Systems.Select(system => Cell(name, system))).Append(" |\n");
        return text.ToString();
    }

    /// <summary>What <see cref="Cases"/> leaves out of each case.</summary>
    private string Full()
    {
        var text = new StringBuilder("""
            <details><summary>Every case in full</summary>

            | Case | System | Accepted/s | Delivered/s | : Postfix | : ceiling | CPU s for 1,000 messages | Peak memory, MB | 250 to delivery at half load, ms: p50, p99 |
            |---|---|---|---|---|---|---|---|---|

            """);
        foreach (var name in runs.SelectMany(run => run.Cells).Select(cell => cell.Case).Distinct())
        {
            foreach (var system in Systems)
            {
                var rounds = Of(run => run.Find(name, system)?.Median);
                if (rounds.Count == 0)
                    continue;
                var format = rounds[0].Delivered < 100 ? "F1" : "F0";
                text.Append(CultureInfo.InvariantCulture, $"| {name} | {system} | {Span(rounds, r => r.Accepted, format)} | {Span(rounds, r => r.Delivered, format)} ");
                text.Append(CultureInfo.InvariantCulture, $"| {Ratios(system, SystemNames.Postfix, "F1", name)} | {Ratios(system, SystemNames.Ceiling, "P0", name)} ");
                text.Append(CultureInfo.InvariantCulture, $"| {ByProcess(rounds, r => r.Cpu, "F2")} | {ByProcess(rounds, r => r.Peak.ToDictionary(p => p.Key, p => p.Value / 1e6), "F0")} ");
                var delays = Of(run => run.DelaysByCase.GetValueOrDefault(name)?.GetValueOrDefault(system));
                text.Append(delays.Count == 0 ? "| |\n" : $"| {Span(delays, d => d.Median * 1000, "F1")}, {Span(delays, d => d.P99 * 1000, "F1")} |\n");
            }
        }
        return text.Append("\n</details>\n").ToString();
    }

    private string Cell(string name, string system)
    {
        var rounds = Of(run => run.Find(name, system)?.Median);
        if (rounds.Count == 0)
            return runs.Select(run => run.Find(name, system)?.Problem).FirstOrDefault(problem => problem is not null) ?? "";
        var text = $"**{Numbers.Median(rounds.Select(r => r.Delivered)).ToString(rounds[0].Delivered < 100 ? "F1" : "F0", CultureInfo.InvariantCulture)}**";
        var ratio = Numbers.Ratios(runs, name, system, SystemNames.Postfix);
        if (ratio.Count > 0 && system is not SystemNames.Postfix)
            text += $" ({Numbers.Median(ratio):F1})";
        var cpu = Numbers.Median(rounds.Select(r => r.Cpu.Values.Sum()));
        return cpu > 0 ? $"{text} {cpu:F2} s" : text;
    }

    private string Idle()
    {
        var all = runs.SelectMany(run => run.Idle).GroupBy(idle => idle.Process).Where(group => group.Key is "edge" or "relay" or "standalone" or "redis");
        var shares = all.Select(group => $"{group.Key} {Numbers.Median(group.Select(idle => idle.Share)).ToString("P1", CultureInfo.InvariantCulture)}");
        return $"Idle for ten seconds, of one core: {string.Join(", ", shares)}.\n";
    }

    private string Runs() => string.Join("\n", runs.Select(run =>
        $"- {run.Started:yyyy-MM-dd HH:mm} UTC: {run.Machine}; load average of the last five minutes {run.Load}")) + "\n";

    private IReadOnlyList<string> Systems => runs[^1].Systems;

    private List<T> Of<T>(Func<Run, T?> take) where T : class => [.. runs.Select(take).OfType<T>()];

    private string Ratios(string system, string to, string format, string? name = null) =>
        system == to || Numbers.Ratios(runs, name ?? Case.Headline.Name, system, to) is not { Count: > 0 } ratios ? "" : Numbers.Span(ratios, format);

    private static string Span<T>(IReadOnlyList<T> values, Func<T, double> take, string format) => Numbers.Span([.. values.Select(take)], format);

    private static string ByProcess(IReadOnlyList<Measurement> rounds, Func<Measurement, Dictionary<string, double>> take, string format)
    {
        var each = rounds.SelectMany(take).GroupBy(one => one.Key).Select(group => (group.Key, Value: Numbers.Median(group.Select(one => one.Value))))
            .OrderByDescending(one => one.Value).ToList();
        if (each.Count == 0)
            return "";
        var total = each.Sum(one => one.Value).ToString(format, CultureInfo.InvariantCulture);
        var shown = each.Where(one => one.Value >= each[0].Value / 20).Select(one => $"{one.Key} {one.Value.ToString(format, CultureInfo.InvariantCulture)}");
        return each.Count == 1 ? total : $"{total}: {string.Join(", ", shown)}";
    }
}
