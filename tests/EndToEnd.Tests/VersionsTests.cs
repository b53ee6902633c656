using System.Runtime.CompilerServices;
using System.Text.RegularExpressions;
using System.Xml.Linq;

namespace Slimta.EndToEnd;

/// <summary>The version of Directory.Build.props is shown where an operator looks for it, and not to strangers.</summary>
public sealed class VersionsTests : IDisposable
{
    private readonly DirectoryInfo _folder = Directory.CreateTempSubdirectory("slimta-version-");

    public void Dispose() => _folder.Delete(recursive: true);

    private static string Root => Path.GetFullPath(Path.Combine(Path.GetDirectoryName(Here())!, "..", ".."));

    private static string Version { get; } = XDocument.Load(Path.Combine(Root, "Directory.Build.props")).Descendants("Version").Single().Value;

    [Fact]
    public async Task The_command_line_shows_it()
    {
        var (code, output, error) = await StandaloneProcess.RunAsync("--version");
        Assert.Equal((0, ""), (code, error));
        Assert.Matches($@"^SlimtaAspire {Regex.Escape(Version)}( \([0-9a-f]{{7}}\))?$", output.TrimEnd());
    }

    [Fact]
    public async Task The_status_page_shows_it_and_the_greeting_does_not()
    {
        await using var standalone = await StandaloneProcess.StartAsync("", new() { ["Garnet:Folder"] = _folder.FullName });
        Assert.StartsWith($"SlimtaAspire {Version}", (await standalone.StatusAsync()).GetProperty("version").GetString(), StringComparison.Ordinal);

        using var client = new System.Net.Sockets.TcpClient("localhost", standalone.SmtpPort);
        using var reader = new StreamReader(client.GetStream());
        var greeting = await reader.ReadLineAsync();
        Assert.StartsWith("220 ", greeting, StringComparison.Ordinal);
        Assert.DoesNotContain(Version, greeting, StringComparison.Ordinal);
    }

    [Fact]
    public void The_changelog_begins_with_it_or_with_what_is_not_released() =>
        Assert.Matches($@"(?m)^## \[({Regex.Escape(Version)}|Unreleased)\]", File.ReadAllText(Path.Combine(Root, "CHANGELOG.md")));

    private static string Here([CallerFilePath] string path = "") => path;
}
