using System.Text.RegularExpressions;

namespace Slimta.Docs;

/// <summary>A page as GitHub shows it, as far as links and samples go.</summary>
internal sealed partial class MarkdownPage
{
    private readonly string[] _lines;

    public MarkdownPage(string path)
    {
        Path = path;
        _lines = Repository.Read(path).ReplaceLineEndings("\n").Split('\n');
        Blocks = [.. ReadBlocks()];
        Text = [.. ReadText()];
        Anchors = ReadAnchors(Text.Select(line => line.Text));
        Links = [.. Text.SelectMany(line => Link().Matches(InCode().Replace(line.Text, "")).Select(found => new PageLink(line.Number, found.Groups[1].Success ? found.Groups[1].Value : found.Groups[2].Value)))];
    }

    public string Path { get; }
    public IReadOnlyList<CodeBlock> Blocks { get; }

    /// <summary>The lines that are neither code nor comments.</summary>
    public IReadOnlyList<(int Number, string Text)> Text { get; }

    public IReadOnlySet<string> Anchors { get; }
    public IReadOnlyList<PageLink> Links { get; }

    private IEnumerable<CodeBlock> ReadBlocks()
    {
        for (var i = 0; i < _lines.Length; i++)
        {
            if (!_lines[i].StartsWith("```", StringComparison.Ordinal))
                continue;
            var begin = i++;
            while (i < _lines.Length && !_lines[i].StartsWith("```", StringComparison.Ordinal))
                i++;
            yield return new(_lines[begin][3..].Trim(), string.Join('\n', _lines[(begin + 1)..i]), CommentAbove(begin), begin + 1);
        }
    }

    /// <summary>The HTML comment that ends on the line above, or above one empty line.</summary>
    private string? CommentAbove(int line)
    {
        var end = line - 1;
        if (end >= 0 && _lines[end].Length == 0)
            end--;
        if (end < 0 || !_lines[end].EndsWith("-->", StringComparison.Ordinal))
            return null;
        var begin = end;
        while (!_lines[begin].StartsWith("<!--", StringComparison.Ordinal))
            begin--;
        return string.Join('\n', _lines[begin..(end + 1)])[4..^3].Trim();
    }

    private IEnumerable<(int Number, string Text)> ReadText()
    {
        var (inBlock, inComment) = (false, false);
        for (var i = 0; i < _lines.Length; i++)
        {
            var line = _lines[i];
            if (line.StartsWith("```", StringComparison.Ordinal))
                inBlock = !inBlock;
            else if (!inBlock && line.StartsWith("<!--", StringComparison.Ordinal))
                inComment = !line.EndsWith("-->", StringComparison.Ordinal);
            else if (inComment)
                inComment = !line.EndsWith("-->", StringComparison.Ordinal);
            else if (!inBlock)
                yield return (i + 1, line);
        }
    }

    /// <summary>GitHub's: lower case, letters, digits, - and _ kept, spaces become -; the second of the same name gets -1.</summary>
    private static HashSet<string> ReadAnchors(IEnumerable<string> lines)
    {
        var anchors = new HashSet<string>(StringComparer.Ordinal);
        foreach (var heading in lines.Select(line => Heading().Match(line)).Where(heading => heading.Success))
        {
            var text = LinkText().Replace(heading.Groups[1].Value.Trim(), "$1").ToLowerInvariant();
            var anchor = string.Concat(text.Where(c => char.IsLetterOrDigit(c) || c is '-' or '_' or ' ')).Replace(' ', '-');
            for (var (name, n) = (anchor, 1); !anchors.Add(name); n++)
                name = $"{anchor}-{n}";
        }
        return anchors;
    }

    // Markdown's, and those of HTML: a picture has one for light and one for dark.
    [GeneratedRegex(@"\]\(([^)\s]+)[^)]*\)|(?:src|srcset|href)=""([^""\s]+)""")]
    private static partial Regex Link();

    [GeneratedRegex("`[^`]*`")]
    private static partial Regex InCode();

    [GeneratedRegex("^#{1,6} (.+)$")]
    private static partial Regex Heading();

    [GeneratedRegex(@"\[([^\]]*)\]\([^)]*\)")]
    private static partial Regex LinkText();
}

/// <param name="Above">What the HTML comment above it says; null without one.</param>
internal sealed record CodeBlock(string Language, string Text, string? Above, int Line);

internal sealed record PageLink(int Line, string Target);
