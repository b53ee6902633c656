using System.Diagnostics;

namespace Slimta.Docs.Language;

/// <summary>American English by hunspell, and the project's words in words.txt.</summary>
public sealed class SpellingTests
{
    [SpellingFact]
    public async Task Every_word_of_the_pages_is_spelled_right()
    {
        var parts = Repository.Markdown().SelectMany(path => Prose.Of(new MarkdownPage(path)).Select(part => (path, part.Line, part.Text))).ToList();
        Assert.True(parts.Count > 500, $"{parts.Count} paragraphs");
        Findings.None(await WrongAsync(parts));
    }

    [SpellingFact]
    public async Task Every_word_of_the_messages_is_spelled_right() =>
        Findings.None(await WrongAsync(Repository.Sources().SelectMany(path => Prose.Messages(path).Select(part => (path, part.Line, part.Text)))));

    [SpellingFact]
    public async Task A_wrong_word_is_found() =>
        Assert.Equal(["page:1: recieve"], await WrongAsync([("page", 1, "The edge will recieve mail, and the relay delivers it.")]));

    [SpellingFact]
    public async Task Every_word_of_the_list_is_needed()
    {
        var wrong = await AskAsync(Words, "/dev/null");
        Findings.None(Words.Except(wrong).Select(word => $"words.txt: hunspell knows {word}"));
    }

    private static string WordFile => Path.Combine(Repository.Root, "tests", "Docs.Tests", "Language", "words.txt");

    private static string[] Words => [.. File.ReadAllLines(WordFile).Where(word => word.Length > 0)];

    private static async Task<List<string>> WrongAsync(IEnumerable<(string Path, int Line, string Text)> parts)
    {
        var words = parts.SelectMany(part => Prose.Words(part.Text).Where(word => !IsName(word)).Select(word => (word: word.Replace("'s", "", StringComparison.Ordinal), place: $"{part.Path}:{part.Line}"))).ToList();
        var wrong = await AskAsync(words.Select(word => word.word).Distinct(), WordFile);
        return [.. words.Where(word => wrong.Contains(word.word)).Select(word => $"{word.place}: {word.word}").Distinct()];
    }

    /// <summary>A name of the code's, or a product's: OpenTelemetry, maxAge.</summary>
    private static bool IsName(string word) => word.Zip(word.Skip(1)).Any(pair => char.IsLower(pair.First) && char.IsUpper(pair.Second));

    /// <summary>Those of the words that are in no dictionary.</summary>
    private static async Task<HashSet<string>> AskAsync(IEnumerable<string> words, string list)
    {
        var start = new ProcessStartInfo(SpellingFactAttribute.Hunspell!, ["-l", "-d", "en_US", "-i", "utf-8", "-p", list]) { RedirectStandardInput = true, RedirectStandardOutput = true, UseShellExecute = false };
        using var hunspell = Process.Start(start)!;
        var answer = hunspell.StandardOutput.ReadToEndAsync();
        await hunspell.StandardInput.WriteAsync(string.Join('\n', words) + "\n");
        hunspell.StandardInput.Close();
        await hunspell.WaitForExitAsync();
        Assert.Equal(0, hunspell.ExitCode);
        return [.. (await answer).Split('\n', StringSplitOptions.RemoveEmptyEntries)];
    }

    private sealed class SpellingFactAttribute : FactAttribute
    {
        public SpellingFactAttribute() => Skip = Hunspell is not null && File.Exists("/usr/share/hunspell/en_US.dic") ? null : "It needs Debian's packages hunspell and hunspell-en-us.";

        public static string? Hunspell { get; } = (Environment.GetEnvironmentVariable("PATH") ?? "").Split(':').Select(folder => Path.Combine(folder, "hunspell")).FirstOrDefault(File.Exists);
    }
}
