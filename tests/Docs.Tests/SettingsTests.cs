namespace Slimta.Docs;

/// <summary>The table of settings and the schema for editors say what the options classes say.</summary>
public sealed class SettingsTests
{
    [Theory]
    [InlineData("docs/reference/settings.md")]
    [InlineData("docs/reference/appsettings.schema.json")]
    public async Task Is_what_the_options_make(string file)
    {
        var reference = new SettingsReference();
        var made = file.EndsWith(".md", StringComparison.Ordinal) ? reference.ToMarkdown() : reference.ToSchema();
        Assert.True(reference.Undocumented.Count == 0, $"Say what these settings mean: {string.Join(", ", reference.Undocumented)}");
        // What each machine has another of would be stale on the next. Some users have no folder.
        if (Environment.GetFolderPath(Environment.SpecialFolder.UserProfile, Environment.SpecialFolderOption.DoNotVerify) is { Length: > 1 } home)
            Assert.DoesNotContain(home + "/", made, StringComparison.Ordinal);
        // In its own column.
        if (file.EndsWith(".md", StringComparison.Ordinal))
            Assert.DoesNotContain("(default ", made, StringComparison.Ordinal);
        var path = Path.Combine(Repository.Root, file);
        if (Environment.GetEnvironmentVariable("UPDATE_DOCS") == "1")
            await File.WriteAllTextAsync(path, made);
        Assert.True(File.Exists(path) && await File.ReadAllTextAsync(path) == made, $"{file} is stale. Make it anew: UPDATE_DOCS=1 dotnet test tests/Docs.Tests");
    }
}
