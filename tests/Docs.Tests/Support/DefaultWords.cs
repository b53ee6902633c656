using System.Text.RegularExpressions;

namespace Slimta.Docs;

/// <param name="Name">Below the section, with colons.</param>
/// <param name="Values">What may be given, in words.</param>
internal sealed record Setting(string Name, string Values, string Default, string Text);

/// <summary>A comment says its default for those who read code. In the table that stands in a column, in one notation, and nowhere else.</summary>
internal static partial class DefaultWords
{
    private const string None = "none";

    public static Setting InOnePlace(Setting setting) => setting.Default == None ? FromText(setting) : setting with { Text = Without(setting.Text) };

    /// <summary>The code has no value: what happens without one stands in the comment alone.</summary>
    private static Setting FromText(Setting setting)
    {
        if (Marked().Match(setting.Text) is { Success: true } marked)
            return setting with { Default = $"`{marked.Groups["value"].Value}`", Text = setting.Text.Replace(" (default)", "", StringComparison.Ordinal) };
        foreach (var form in new[] { Brackets(), ByDefault() })
        {
            if (form.Match(setting.Text) is { Success: true } found)
                return setting with { Default = found.Groups["value"].Value.Trim(), Text = setting.Text.Remove(found.Index, found.Length) };
        }
        return setting;
    }

    /// <summary>What stands beside the value, such as why it is so, stays.</summary>
    private static string Without(string text) => Brackets().Replace(text, found =>
        Value().Match(found.Groups["value"].Value) is not { Success: true } value ? found.Value
        : value.Groups["more"].Value is not { Length: > 0 } more ? ""
        : value.Groups["value"].Value is "true" or "false" && value.Groups["by"].Value == ":" ? $" ({value.Groups["value"].Value}: {more})"
        : $" ({more})");

    [GeneratedRegex(@"\b(?<value>[A-Z]\w+) \(default\)")]
    private static partial Regex Marked();

    [GeneratedRegex(@" \(default:? (?<value>[^()]+)\)")]
    private static partial Regex Brackets();

    [GeneratedRegex(@"[;,] by default (?<value>[^.;(]+(?:\([^)]*\))?)(?=[.;])")]
    private static partial Regex ByDefault();

    [GeneratedRegex(@"^(?<value>`[^`]*`|[\d.]+(?:,\d{3})*(?: (?:ms|s|min|h|days|KiB|MiB|GiB|KB|MB)\b)?|[\w.]+)(?:(?<by>[:;,]) (?<more>.+))?$")]
    private static partial Regex Value();
}
