using System.Text.RegularExpressions;

namespace Slimta.Docs.Language;

/// <summary>What a page or a source file says to a reader: no code, no URLs, no markup.</summary>
internal static partial class Prose
{
    /// <summary>Headings, paragraphs, items of lists and cells of tables, each with the line it begins at.</summary>
    public static IEnumerable<(int Line, string Text)> Of(MarkdownPage page)
    {
        var (begin, lines) = (0, new List<string>());
        foreach (var (number, raw) in page.Text.Append((0, "")))
        {
            var line = raw.Trim();
            if (lines.Count > 0 && (line.Length == 0 || line[0] is '|' or '#' or '<' || Item().IsMatch(line)))
            {
                yield return (begin, Plain(string.Join(' ', lines)));
                lines.Clear();
            }
            if (line.StartsWith('|'))
            {
                foreach (var cell in Cell().Split(line)[1..^1].Where(cell => !Rule().IsMatch(cell)))
                    yield return (number, Plain(cell.Trim()));
            }
            else if (line.StartsWith('#'))
            {
                yield return (number, Plain(line.TrimStart('#', ' ')));
            }
            // Four spaces make code, unless they continue an item.
            else if (line.Length > 0 && line[0] != '<' && (lines.Count > 0 || !raw.StartsWith("    ", StringComparison.Ordinal)))
            {
                if (lines.Count == 0)
                    begin = number;
                lines.Add(Item().Replace(line, ""));
            }
        }
    }

    /// <summary>What the product says: strings that are sentences, in logs, exceptions, replies and help.</summary>
    public static IEnumerable<(int Line, string Text)> Messages(string path) =>
        Lines(path).SelectMany(line => Literal().Matches(Comment().Replace(line.Text, "")).Select(found => (line.Number, Hole().Replace(found.Groups[1].Value, " Code "))))
            .Where(message => message.Item2.Contains(' ', StringComparison.Ordinal) && Word().Count(message.Item2) > 2);

    public static IEnumerable<(int Line, string Text)> Comments(string path) =>
        Lines(path).Select(line => (line.Number, Comment().Match(line.Text))).Where(line => line.Item2.Success).Select(line => (line.Number, Tag().Replace(line.Item2.Value, " Code ")));

    /// <summary>Ends at a full stop, or at another mark that a capital letter follows.</summary>
    public static IEnumerable<string> Sentences(string text) => End().Split(text).Where(sentence => Word().Count(sentence) > 0);

    public static IEnumerable<string> Words(string text) => Word().Matches(text).Select(word => word.Value);

    private static IEnumerable<(int Number, string Text)> Lines(string path) => Repository.Read(path).Split('\n').Select((text, index) => (index + 1, text));

    private static string Plain(string text) => Address().Replace(Link().Replace(Code().Replace(text, "Code"), "$1"), "Link").Replace("*", "", StringComparison.Ordinal);

    [GeneratedRegex(@"^(?:[-*]|\d+\.) ")]
    private static partial Regex Item();

    [GeneratedRegex(@"(?<!\\)\|")]
    private static partial Regex Cell();

    [GeneratedRegex(@"^\s*:?-+:?\s*$")]
    private static partial Regex Rule();

    [GeneratedRegex("`[^`]*`")]
    private static partial Regex Code();

    [GeneratedRegex(@"!?\[([^\]]*)\]\([^)]*\)")]
    private static partial Regex Link();

    [GeneratedRegex(@"https?://\S+")]
    private static partial Regex Address();

    [GeneratedRegex("(?<![\\\\\"])\"((?:[^\"\\\\]|\\\\.)+)\"")]
    private static partial Regex Literal();

    [GeneratedRegex(@"(?<![:""\w])//.*$")]
    private static partial Regex Comment();

    [GeneratedRegex("<[^>]*>|\"[^\"]*\"")]
    private static partial Regex Tag();

    [GeneratedRegex(@"\{[^{}]*\}|\\[rnt]")]
    private static partial Regex Hole();

    [GeneratedRegex(@"(?<=[.?!])\s+|(?<=[:;])\s+(?=[A-Z])")]
    private static partial Regex End();

    // Whole words alone: neither parts of names and paths nor what has digits.
    [GeneratedRegex(@"(?<![\w./@:=+-])[A-Za-z][A-Za-z']*[A-Za-z](?![\w/@=+-]|[.:]\w)")]
    private static partial Regex Word();
}
