using System.Text.Json;
using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.CSharp;

namespace Slimta.Docs;

/// <summary>
/// Every C# sample compiles against this build, and every JSON sample is JSON. What a fragment needs around it stands in an HTML comment
/// above it, which begins with "sample:" and has the fragment's place as {sample}; the page does not show it.
/// </summary>
public sealed class SampleTests
{
    private const string Mark = "sample:";

    /// <summary>As the SDK's implicit usings of a web project.</summary>
    private const string Usings = """
        global using System; global using System.Collections.Generic; global using System.IO; global using System.Linq;
        global using System.Net.Http; global using System.Threading; global using System.Threading.Tasks;
        global using Microsoft.AspNetCore.Builder; global using Microsoft.Extensions.Configuration; global using Microsoft.Extensions.DependencyInjection;
        global using Microsoft.Extensions.Hosting; global using Microsoft.Extensions.Logging;
        """;

    private static readonly CSharpParseOptions Parse = CSharpParseOptions.Default.WithLanguageVersion(LanguageVersion.Latest);

    /// <summary>What runs this test: our assemblies, what they need, and the frameworks.</summary>
    private static readonly List<MetadataReference> References =
        [.. ((string)AppContext.GetData("TRUSTED_PLATFORM_ASSEMBLIES")!).Split(Path.PathSeparator).Select(path => MetadataReference.CreateFromFile(path))];

    public static TheoryData<string, int> CSharp => Of("csharp");

    public static TheoryData<string, int> Json => Of("json");

    [Theory]
    [MemberData(nameof(CSharp))]
    public void A_CSharp_sample_compiles(string path, int line)
    {
        var sample = Block(path, line);
        var source = sample.Above is { } above && above.StartsWith(Mark, StringComparison.Ordinal)
            ? above[Mark.Length..].Replace("{sample}", sample.Text, StringComparison.Ordinal)
            : sample.Text;
        Assert.Contains(sample.Text, source, StringComparison.Ordinal);
        Assert.Empty(Errors(source));
    }

    [Theory]
    [MemberData(nameof(Json))]
    public void A_JSON_sample_is_JSON(string path, int line) =>
        JsonDocument.Parse(Block(path, line).Text).Dispose();

    [Fact]
    public void A_sample_that_is_wrong_is_found()
    {
        Assert.Empty(Errors("Console.WriteLine(typeof(Slimta.Storage.IQueueStorage));"));
        Assert.NotEmpty(Errors("Console.WriteLine(typeof(Slimta.Storage.INoStorage));"));
    }

    private static CodeBlock Block(string path, int line) => new MarkdownPage(path).Blocks.Single(block => block.Line == line);

    private static IEnumerable<string> Errors(string source) =>
        CSharpCompilation.Create("Sample", [CSharpSyntaxTree.ParseText(Usings, Parse), CSharpSyntaxTree.ParseText(source, Parse)], References,
                new CSharpCompilationOptions(OutputKind.ConsoleApplication, nullableContextOptions: NullableContextOptions.Enable))
            .GetDiagnostics().Where(found => found.Severity == DiagnosticSeverity.Error).Select(found => $"{found}");

    private static TheoryData<string, int> Of(string language)
    {
        var all = new TheoryData<string, int>();
        foreach (var path in Repository.Markdown())
            foreach (var block in new MarkdownPage(path).Blocks.Where(block => block.Language == language))
                all.Add(path, block.Line);
        return all;
    }
}
