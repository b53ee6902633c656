using System.Text.RegularExpressions;

namespace Slimta.Docs.Language;

/// <summary>Sentences that are read once, and words that name the actor.</summary>
public sealed partial class ReadingTests
{
    /// <summary>A reader loses the thread of longer ones.</summary>
    private const int LongestSentence = 45;

    /// <summary>Plain English asks for 15 to 20 on average.</summary>
    private const double LongestAverage = 18;

    public static TheoryData<string> Pages => [.. Repository.Markdown()];

    [Theory]
    [MemberData(nameof(Pages))]
    public void Sentences_are_short(string path)
    {
        var sentences = Prose.Of(new MarkdownPage(path)).SelectMany(part => Prose.Sentences(part.Text).Select(text => (part.Line, Text: text, Words: Length(text)))).ToList();
        Findings.None(sentences.Where(sentence => sentence.Words > LongestSentence).Select(sentence => $"{path}:{sentence.Line}: {sentence.Words} words: {sentence.Text}"));
        var average = sentences.Where(sentence => sentence.Words > 2).Select(sentence => sentence.Words).DefaultIfEmpty(0).Average();
        Assert.True(average <= LongestAverage, $"{path}: {average:F1} words a sentence on average");
    }

    [Theory]
    [MemberData(nameof(Pages))]
    public void A_page_names_the_actor(string path) => Findings.None(Vague(path, Prose.Of(new MarkdownPage(path))));

    [Fact]
    public void Messages_and_comments_name_the_actor() =>
        Findings.None(Repository.Sources().SelectMany(path => Vague(path, Prose.Messages(path).Concat(Prose.Comments(path)))));

    [Fact]
    public void A_long_or_vague_sentence_is_found()
    {
        Assert.Equal(50, Length(string.Join(' ', Enumerable.Repeat("mail", 50))));
        Assert.Single(Vague("page", [(1, "Whoever sends it has a key of its own.")]));
        Assert.Empty(Vague("page", [(1, "Each sender has a key.")]));
    }

    private static int Length(string sentence) => Prose.Words(sentence).Count();

    private static IEnumerable<string> Vague(string path, IEnumerable<(int Line, string Text)> parts) =>
        parts.Where(part => Words().IsMatch(part.Text)).Select(part => $"{path}:{part.Line}: \"{Words().Match(part.Text).Value}\": {part.Text}");

    [GeneratedRegex(@"\b(whoever|whomever|whatever|whichever|nobody|anybody|everybody|somebody|of (its|his|their) own)\b", RegexOptions.IgnoreCase)]
    private static partial Regex Words();
}
