namespace Slimta.Docs;

/// <summary>Each relative link leads to a file of the repository, and each #anchor to a heading there.</summary>
public sealed class LinkTests
{
    public static TheoryData<string> Pages => [.. Repository.Markdown()];

    [Theory]
    [MemberData(nameof(Pages))]
    public void Each_link_leads_somewhere(string path) =>
        Assert.Empty(new MarkdownPage(path).Links.Select(link => Problem(path, link)).OfType<string>());

    [Fact]
    public void The_pages_are_found_and_have_links() =>
        Assert.True(Repository.Markdown().Sum(path => new MarkdownPage(path).Links.Count) > 50);

    private static string? Problem(string page, PageLink link)
    {
        if (Uri.TryCreate(link.Target, UriKind.Absolute, out var absolute) && absolute.Scheme is "http" or "https" or "mailto")
            return null;
        var parts = link.Target.Split('#', 2);
        var target = parts[0].Length == 0
            ? page
            : Path.GetRelativePath(Repository.Root, Path.GetFullPath(Path.Combine(Repository.Root, Path.GetDirectoryName(page)!, Uri.UnescapeDataString(parts[0])))).Replace('\\', '/');
        var full = Path.Combine(Repository.Root, target);
        if (!File.Exists(full) && !Directory.Exists(full))
            return $"{page}:{link.Line}: there is no {target}";
        if (parts.Length == 1)
            return null;
        return new MarkdownPage(target).Anchors.Contains(parts[1]) ? null : $"{page}:{link.Line}: {target} has no heading #{parts[1]}";
    }
}
