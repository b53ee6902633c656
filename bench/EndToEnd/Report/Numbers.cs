using System.Globalization;

namespace Slimta.EndToEnd.Bench.Report;

internal static class Numbers
{
    public static double Median(IEnumerable<double> values)
    {
        var sorted = values.Order().ToList();
        return sorted.Count % 2 == 1 ? sorted[sorted.Count / 2] : (sorted[sorted.Count / 2 - 1] + sorted[sorted.Count / 2]) / 2;
    }

    /// <summary>The median, and of several values the lowest and the highest.</summary>
    public static string Span(IReadOnlyList<double> values, string format)
    {
        var median = Text(Median(values));
        return values.Count == 1 ? median : $"{median} ({Text(values.Min())} to {Text(values.Max())})";

        // The invariant culture puts a space before the percent sign.
        string Text(double value) => value.ToString(format, CultureInfo.InvariantCulture).Replace(" %", "%", StringComparison.Ordinal);
    }

    /// <summary>Of what was delivered, in each run; the median of its rounds, in each of which the two were measured one after the other.</summary>
    public static List<double> Ratios(IEnumerable<Run> runs, string name, string system, string to)
    {
        var ratios = new List<double>();
        foreach (var run in runs)
        {
            if (run.Find(name, system) is { Rounds.Count: > 0 } one && run.Find(name, to) is { Rounds.Count: > 0 } other)
                ratios.Add(Median(one.Rounds.Zip(other.Rounds, (a, b) => a.Delivered / b.Delivered)));
        }
        return ratios;
    }
}
