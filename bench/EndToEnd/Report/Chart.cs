using System.Globalization;
using System.Text;
using Slimta.EndToEnd.Bench.Systems;

namespace Slimta.EndToEnd.Bench.Report;

/// <summary>The headline case as a picture: a bar for each system, and a line from its lowest run to its highest. Light or dark as the reader's screen is.</summary>
internal static class Chart
{
    private const int Left = 330, Width = 400, Row = 34, Top = 58;

    public static string Draw(IReadOnlyList<Run> runs)
    {
        var bars = runs[^1].Systems.Select(system => (System: system, Values: runs.Select(run => run.Find(Case.Headline.Name, system)?.Median?.Delivered).OfType<double>().ToList()))
            .Where(bar => bar.Values.Count > 0).ToList();
        var scale = Width / bars.Max(bar => bar.Values.Max());
        var height = Top + Row * bars.Count + 12;
        var svg = new StringBuilder();
        svg.Append(CultureInfo.InvariantCulture, $$"""
            <svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 900 {{height}}" font-family="sans-serif" font-size="14" role="img" aria-label="Messages per second delivered, by system">
              <style>
                text { fill: #1f2328 } .page { fill: #ffffff } .note { fill: #59636e } .range { stroke: #1f2328; stroke-width: 1.5 }
                .ceiling { fill: #b6bdc5 } .postfix { fill: #d98e4a } .ours { fill: #3b7dd8 }
                @media (prefers-color-scheme: dark) {
                  text { fill: #e6edf3 } .page { fill: #0d1117 } .note { fill: #9198a1 } .range { stroke: #e6edf3 } .ceiling { fill: #545d68 } .ours { fill: #4c8dff }
                }
              </style>
              <rect class="page" width="900" height="{{height}}"/>
              <text x="16" y="26" font-size="16" font-weight="bold">Messages/s delivered: {{Case.Headline.Name}}</text>
              <text x="16" y="45" class="note">median of {{(runs.Count == 1 ? "one run" : $"{runs.Count} runs")}}; the line goes from the lowest to the highest; in brackets the ratio to Postfix in the same run</text>

            """);
        for (var i = 0; i < bars.Count; i++)
        {
            var (system, values) = bars[i];
            var (y, median) = (Top + Row * i, Numbers.Median(values));
            var kind = system switch { SystemNames.Ceiling => "ceiling", SystemNames.Postfix => "postfix", _ => "ours" };
            var ratios = Numbers.Ratios(runs, Case.Headline.Name, system, SystemNames.Postfix);
            var label = median.ToString("N0", CultureInfo.InvariantCulture)
                + (ratios.Count > 0 && system != SystemNames.Postfix ? string.Create(CultureInfo.InvariantCulture, $" ({Numbers.Median(ratios):F1})") : "");
            var (low, high) = (Left + values.Min() * scale, Left + values.Max() * scale);
            svg.Append(CultureInfo.InvariantCulture, $"""
                  <text x="{Left - 10}" y="{y + 19}" text-anchor="end">{system}</text>
                  <rect x="{Left}" y="{y + 4}" width="{median * scale:F1}" height="22" class="{kind}"/>
                  <line x1="{low:F1}" y1="{y + 15}" x2="{high:F1}" y2="{y + 15}" class="range"/>
                  <text x="{Math.Max(high, Left + median * scale) + 8:F1}" y="{y + 20}">{label}</text>

                """);
        }
        return svg.Append("</svg>\n").ToString();
    }
}
