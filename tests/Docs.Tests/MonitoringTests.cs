using System.Text.RegularExpressions;

namespace Slimta.Docs;

/// <summary>The dashboard and the alert rules ask for what the code exports, under the names and with the attributes that it gives.</summary>
public sealed partial class MonitoringTests
{
    /// <summary>Prometheus' own, and those that say which process it is.</summary>
    private static readonly string[] LabelsOfPrometheus = ["job", "instance", "le"];

    private static readonly string[] Tables = ["docs/reference/telemetry.md"];

    [Theory]
    [InlineData(MonitoringFiles.Rules, 14)]
    [InlineData(MonitoringFiles.RuleTests, 20)]
    [InlineData(MonitoringFiles.Dashboard, 30)]
    public void Every_metric_asked_for_is_one_that_the_code_exports(string file, int atLeast)
    {
        var exported = Instruments.All.SelectMany(Instruments.PrometheusNames).ToHashSet(StringComparer.Ordinal);
        var expressions = MonitoringFiles.Expressions(file).ToList();
        Assert.True(expressions.Count >= atLeast, $"{file} has {expressions.Count} expressions.");
        Assert.All(expressions, expression =>
        {
            Assert.NotEmpty(expression.Metrics);
            Assert.All(expression.Metrics, metric => Assert.True(exported.Contains(metric), $"No instrument is exported as {metric}: {expression.Expression}"));
        });
    }

    [Theory]
    [InlineData(MonitoringFiles.Rules)]
    [InlineData(MonitoringFiles.RuleTests)]
    [InlineData(MonitoringFiles.Dashboard)]
    public void Every_label_and_value_asked_for_is_an_attribute_in_the_tables(string file)
    {
        var lines = Tables.SelectMany(table => Repository.Read(table).Split('\n')).ToList();
        foreach (var expression in MonitoringFiles.Expressions(file))
        {
            foreach (var label in expression.Labels.Except(LabelsOfPrometheus))
                Assert.True(lines.Exists(line => Names(line, label)), $"No attribute is exported as {label}: {expression.Expression}");
            foreach (var (label, values) in expression.Matchers.Where(matcher => matcher.Label is not ("job" or "instance" or "messaging_destination_name")))
                foreach (var value in values.Split('|', StringSplitOptions.RemoveEmptyEntries).Where(value => !int.TryParse(value, out _)))
                    Assert.True(lines.Exists(line => Names(line, label) && Regex.IsMatch(line, $@"\b{value}\b")), $"{label} is never {value}: {expression.Expression}");
        }
    }

    [Fact]
    public void A_legend_names_labels_that_its_expression_keeps() =>
        Assert.All(MonitoringFiles.Targets(), target => Assert.All(InBraces().Matches(target.Legend), label =>
            Assert.Contains(label.Groups[1].Value, new PromQl(target.Expression).Labels)));

    [Fact]
    public void Every_instrument_is_in_the_tables()
    {
        Assert.True(Instruments.All.Count > 20, $"{Instruments.All.Count} instruments");
        var docs = string.Concat(Tables.Select(Repository.Read));
        Assert.All(Instruments.All, instrument => Assert.Contains($"`{instrument.Name}`", docs, StringComparison.Ordinal));
    }

    [Fact]
    public void Every_alert_has_its_section_in_the_docs_and_its_link_to_it()
    {
        var (docs, rules) = (Repository.Read("docs/alerts.md"), Repository.Read(MonitoringFiles.Rules));
        Assert.NotEmpty(MonitoringFiles.Alerts());
        Assert.All(MonitoringFiles.Alerts(), alert =>
        {
            Assert.Contains($"\n### {alert}\n", docs, StringComparison.Ordinal);
            Assert.Contains($"runbook: docs/alerts.md#{alert.ToLowerInvariant()}\n", rules, StringComparison.Ordinal);
        });
    }

    /// <summary>Whether a line of a table names the attribute that Prometheus has as this label.</summary>
    private static bool Names(string line, string label) =>
        Quoted().Matches(line).Any(found => found.Groups[1].Value.Replace('.', '_') == label);

    [GeneratedRegex("`([a-z_.]+)`")]
    private static partial Regex Quoted();

    [GeneratedRegex(@"\{\{(\w+)\}\}")]
    private static partial Regex InBraces();
}
