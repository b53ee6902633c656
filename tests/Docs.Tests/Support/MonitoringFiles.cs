using System.Text.Json;
using System.Text.RegularExpressions;

namespace Slimta.Docs;

/// <summary>What deploy/ asks Prometheus for.</summary>
internal static partial class MonitoringFiles
{
    public const string Rules = "deploy/prometheus/alerts.yaml";
    public const string RuleTests = "deploy/prometheus/alerts.test.yaml";
    public const string Dashboard = "deploy/grafana/slimta.json";

    public static IEnumerable<PromQl> Expressions(string file) => file switch
    {
        Rules => YamlExpression().Matches(Repository.Read(file)).Select(found => new PromQl(found.Groups[1].Value)),
        RuleTests => Series().Matches(Repository.Read(file)).Select(found => new PromQl(found.Groups[1].Value)),
        _ => Targets().Select(target => new PromQl(target.Expression)),
    };

    public static IEnumerable<(string Expression, string Legend)> Targets()
    {
        using var dashboard = JsonDocument.Parse(Repository.Read(Dashboard));
        return [.. dashboard.RootElement.GetProperty("panels").EnumerateArray()
            .Where(panel => panel.GetProperty("type").GetString() != "row")
            .SelectMany(panel => panel.GetProperty("targets").EnumerateArray())
            .Select(target => (target.GetProperty("expr").GetString()!, target.GetProperty("legendFormat").GetString()!))];
    }

    public static IEnumerable<string> Alerts() => Alert().Matches(Repository.Read(Rules)).Select(found => found.Groups[1].Value);

    // One line, or all that is indented more than the key.
    [GeneratedRegex(@"^ {8}expr: (?:\|\n)?((?:.+\n)(?: {10}.+\n)*)", RegexOptions.Multiline)]
    private static partial Regex YamlExpression();

    [GeneratedRegex("series: '(.+?)'")]
    private static partial Regex Series();

    [GeneratedRegex(@"- alert: (\w+)")]
    private static partial Regex Alert();
}
