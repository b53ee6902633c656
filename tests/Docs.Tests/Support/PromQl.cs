using System.Text.RegularExpressions;

namespace Slimta.Docs;

/// <summary>What an expression in Prometheus' language names: enough of the grammar for deploy/.</summary>
internal sealed partial class PromQl
{
    private static readonly string[] Words = ["by", "without", "on", "ignoring", "and", "or", "unless", "offset", "bool"];

    public PromQl(string expression)
    {
        Expression = expression;
        var rest = Braces().Replace(expression, braces =>
        {
            Matchers.AddRange(Matcher().Matches(braces.Value).Select(one => (one.Groups[1].Value, one.Groups[2].Value)));
            return "";
        });
        rest = Grouping().Replace(Range().Replace(rest, ""), group =>
        {
            Labels.AddRange(group.Groups[1].Value.Split(',', StringSplitOptions.TrimEntries));
            return "";
        });
        Labels.AddRange(Matchers.Select(matcher => matcher.Label));
        Metrics.AddRange(Identifier().Matches(rest).Select(found => found.Value).Except(Words, StringComparer.Ordinal));
    }

    public string Expression { get; }
    public List<string> Metrics { get; } = [];
    public List<string> Labels { get; } = [];
    public List<(string Label, string Value)> Matchers { get; } = [];

    [GeneratedRegex(@"\{[^}]*\}")]
    private static partial Regex Braces();

    [GeneratedRegex("([a-z_]+) *(?:=~|!~|!=|=) *[\"']([^\"']*)[\"']")]
    private static partial Regex Matcher();

    [GeneratedRegex(@"\[[^\]]*\]")]
    private static partial Regex Range();

    [GeneratedRegex(@"\b(?:by|without|on|ignoring) *\(([^)]*)\)")]
    private static partial Regex Grouping();

    // Neither a function, which a parenthesis follows, nor the m of 15m.
    [GeneratedRegex(@"(?<![\w.$])[a-zA-Z_:][\w:]*\b(?! *\()")]
    private static partial Regex Identifier();
}
