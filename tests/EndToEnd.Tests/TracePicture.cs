using System.Globalization;
using System.Text;

namespace Slimta.EndToEnd;

/// <summary>Draws a trace as docs/trace.svg: a row for each span, its bar where it was in time, its colour that of its process.</summary>
internal static class TracePicture
{
    private const int Row = 26;
    private const int Top = 44;
    private const int Names = 250;
    private const int Bars = 480;
    private const int Width = Names + Bars + 110;

    /// <summary>Readable on light and on dark.</summary>
    private static readonly (string Process, string Colour)[] Legend = [("edge", "#3b82f6"), ("relay", "#f59e0b")];

    public static string Draw(IReadOnlyList<Span> spans, Span root)
    {
        var rows = Rows(spans, root, 0).ToList();
        var begin = rows.Min(row => row.Span.Start);
        var scale = Bars / (double)(rows.Max(row => row.Span.End) - begin);
        var svg = new StringBuilder();
        svg.Append(CultureInfo.InvariantCulture, $"""
            <svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {Width} {Top + rows.Count * Row + 12}" font-family="ui-sans-serif, system-ui, sans-serif" font-size="13" fill="#808a96">
              <title>One message, one trace: accepted by the edge, delivered by a relay in another process</title>

            """);
        for (var i = 0; i < Legend.Length; i++)
        {
            svg.Append($"""  <rect x="{12 + i * 90}" y="12" width="12" height="12" rx="3" fill="{Legend[i].Colour}"/><text x="{30 + i * 90}" y="23">{Legend[i].Process}</text>""").Append('\n');
        }
        for (var i = 0; i < rows.Count; i++)
        {
            var (span, depth) = rows[i];
            var (y, x) = (Top + i * Row, Names + (span.Start - begin) * scale);
            var length = Math.Max(2, (span.End - span.Start) * scale);
            svg.Append(CultureInfo.InvariantCulture, $"""
                  <text x="{12 + depth * 16}" y="{y + 13}">{span.Name}{Note(span)}</text>
                  <rect x="{x:F1}" y="{y + 2}" width="{length:F1}" height="14" rx="3" fill="{Legend.First(entry => entry.Process == span.Process).Colour}"/>
                  <text x="{x + length + 6:F1}" y="{y + 13}" font-size="11">{(span.End - span.Start) / 1e6:F1} ms</text>

                """);
        }
        return svg.Append("</svg>\n").ToString();
    }

    private static string Note(Span span) =>
        (span.Tags.GetValueOrDefault("smtp.response.status_code") ?? span.Tags.GetValueOrDefault("slimta.smtp.reply.code")) is { } code ? $" · {code}" : "";

    private static IEnumerable<(Span Span, int Depth)> Rows(IReadOnlyList<Span> spans, Span root, int depth) =>
        spans.Where(span => span.Parent == root.Id).OrderBy(span => span.Start).SelectMany(child => Rows(spans, child, depth + 1)).Prepend((root, depth));
}
