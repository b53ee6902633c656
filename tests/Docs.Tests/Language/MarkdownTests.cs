namespace Slimta.Docs.Language;

/// <summary>Markdown that every renderer shows alike. The rules have the numbers of markdownlint.</summary>
public sealed class MarkdownTests
{
    public static TheoryData<string> Pages => [.. Repository.Markdown()];

    [Theory]
    [MemberData(nameof(Pages))]
    public void A_page_is_well_formed(string path) => Findings.None(Faults(Repository.Read(path)).Select(fault => $"{path}:{fault}"));

    [Theory]
    [InlineData("# A\n\n### B\n", "3: MD001 the heading skips a level")]
    [InlineData("# A \n", "1: MD009 spaces at the end of the line")]
    [InlineData("# A\n\n\tB\n", "3: MD010 a tab")]
    [InlineData("# A\n\n\nB\n", "3: MD012 two empty lines")]
    [InlineData("# A\nB\n", "1: MD022 no empty line around the heading")]
    [InlineData("# A\n\nB\n\n# C\n", "5: MD025 a second title")]
    [InlineData("# A\n\nB\n```sh\nx\n```\n", "4: MD031 no empty line around the code")]
    [InlineData("# A\n\n```sh\nx\n", "3: MD031 the code has no end")]
    [InlineData("B\n", "1: MD041 the page does not begin with a title")]
    [InlineData("# A\n\n![](x.png)\n", "3: MD045 a picture without a text")]
    [InlineData("# A\n\n<img src=\"x.png\">\n", "3: MD045 a picture without a text")]
    [InlineData("# A\n\nB", "3: MD047 no line end at the end")]
    [InlineData("# A\n\n| a | b |\n|---|---|\n| 1 |\n", "5: MD056 the row has 1 cells and its table 2")]
    [InlineData("# A\n\nB\n| a |\n|---|\n", "4: MD058 no empty line around the table")]
    public void A_fault_is_found(string page, string fault) => Assert.Equal([fault], Faults(page));

    private static IEnumerable<string> Faults(string page)
    {
        var lines = page.Split('\n');
        if (lines[^1].Length > 0)
            yield return $"{lines.Length}: MD047 no line end at the end";
        if (!lines[0].StartsWith("# ", StringComparison.Ordinal))
            yield return "1: MD041 the page does not begin with a title";
        var (level, code, cells, comment) = (0, 0, 0, false);
        for (var i = 0; i < lines.Length; i++)
        {
            var (line, above, below) = (lines[i], i > 0 ? lines[i - 1] : "", i + 1 < lines.Length ? lines[i + 1] : "");
            if (line.EndsWith(' '))
                yield return $"{i + 1}: MD009 spaces at the end of the line";
            if (line.TrimStart().StartsWith("```", StringComparison.Ordinal))
            {
                if ((code == 0 ? above : below).Length > 0)
                    yield return $"{i + 1}: MD031 no empty line around the code";
                code = code == 0 ? i + 1 : 0;
                continue;
            }
            comment = code == 0 && (comment || line.StartsWith("<!--", StringComparison.Ordinal)) && !line.EndsWith("-->", StringComparison.Ordinal);
            if (code > 0 || comment)
                continue;
            if (line.Contains('\t', StringComparison.Ordinal))
                yield return $"{i + 1}: MD010 a tab";
            if (i > 0 && i + 1 < lines.Length && line.Length == 0 && above.Length == 0)
                yield return $"{i + 1}: MD012 two empty lines";
            if (line.Contains("![](", StringComparison.Ordinal) || line.Contains("<img ", StringComparison.Ordinal) && (!line.Contains("alt=\"", StringComparison.Ordinal) || line.Contains("alt=\"\"", StringComparison.Ordinal)))
                yield return $"{i + 1}: MD045 a picture without a text";
            if (line.StartsWith('#'))
            {
                var next = line.TakeWhile(c => c == '#').Count();
                if (above.Length > 0 || below.Length > 0)
                    yield return $"{i + 1}: MD022 no empty line around the heading";
                if (next > level + 1)
                    yield return $"{i + 1}: MD001 the heading skips a level";
                if (next == 1 && level > 0)
                    yield return $"{i + 1}: MD025 a second title";
                level = next;
            }
            var count = line.TrimStart().StartsWith('|') ? Cells(line) : 0;
            if (count > 0 && cells == 0 && above.Length > 0)
                yield return $"{i + 1}: MD058 no empty line around the table";
            if (count > 0 && cells > 0 && count != cells)
                yield return $"{i + 1}: MD056 the row has {count} cells and its table {cells}";
            cells = count == 0 ? 0 : cells == 0 ? count : cells;
        }
        if (code > 0)
            yield return $"{code}: MD031 the code has no end";
    }

    private static int Cells(string line) => line.Trim().Trim('|').Replace("\\|", "", StringComparison.Ordinal).Split('|').Length;
}
