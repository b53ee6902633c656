using System.Text.Json;

namespace Slimta.Docs;

/// <summary>Every C# sample compiles against this build, and every JSON sample is JSON. <see cref="SampleRunTests"/> also run the C# samples.</summary>
public sealed class SampleTests
{
    public static TheoryData<string, int> CSharp => Of("csharp");

    public static TheoryData<string, int> Json => Of("json");

    [Theory]
    [MemberData(nameof(CSharp))]
    public void A_CSharp_sample_compiles(string path, int line)
    {
        var sample = new Sample(Block(path, line));
        Assert.Contains(sample.Text, sample.Source, StringComparison.Ordinal);
        Assert.Empty(Sample.Errors(sample.Source));
    }

    [Theory]
    [MemberData(nameof(Json))]
    public void A_JSON_sample_is_JSON(string path, int line) =>
        JsonDocument.Parse(Block(path, line).Text).Dispose();

    [Fact]
    public void A_sample_that_is_wrong_is_found()
    {
        Assert.Empty(Sample.Errors("Console.WriteLine(typeof(Slimta.Storage.IQueueStorage));"));
        Assert.NotEmpty(Sample.Errors("Console.WriteLine(typeof(Slimta.Storage.INoStorage));"));
    }

    internal static CodeBlock Block(string path, int line) => new MarkdownPage(path).Blocks.Single(block => block.Line == line);

    private static TheoryData<string, int> Of(string language)
    {
        var all = new TheoryData<string, int>();
        foreach (var path in Repository.Markdown())
            foreach (var block in new MarkdownPage(path).Blocks.Where(block => block.Language == language))
                all.Add(path, block.Line);
        return all;
    }
}
