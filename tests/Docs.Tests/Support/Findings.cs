namespace Slimta.Docs.Language;

internal static class Findings
{
    /// <summary>Fails with all of them, one a line: they are mended together.</summary>
    public static void None(IEnumerable<string> findings)
    {
        var all = findings.ToList();
        Assert.True(all.Count == 0, string.Join('\n', all));
    }
}
