using System.Runtime.CompilerServices;

namespace Slimta.Docs;

/// <summary>The clone that these tests were built in.</summary>
internal static class Repository
{
    public static readonly string Root = Path.GetFullPath(Path.Combine(Path.GetDirectoryName(Here())!, "..", "..", ".."));

    public static string Read(string path) => File.ReadAllText(Path.Combine(Root, path));

    /// <summary>Paths below the root, with forward slashes; what a build leaves is left out.</summary>
    public static IEnumerable<string> Markdown() => Files("*.md");

    /// <summary>The C# of what is shipped: neither tests nor benchmarks.</summary>
    public static IEnumerable<string> Sources() => Files("*.cs").Where(path => !path.StartsWith("tests/", StringComparison.Ordinal) && !path.StartsWith("bench/", StringComparison.Ordinal));

    public static IEnumerable<string> Tests() => Files("*.cs").Where(path => path.StartsWith("tests/", StringComparison.Ordinal));

    private static IEnumerable<string> Files(string pattern) =>
        Directory.EnumerateFiles(Root, pattern, SearchOption.AllDirectories)
            .Select(path => Path.GetRelativePath(Root, path).Replace('\\', '/'))
            .Where(path => !path.Split('/').Any(part => part is "bin" or "obj" or ".git"))
            .Order(StringComparer.Ordinal);

    private static string Here([CallerFilePath] string path = "") => path;
}
