using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.CSharp;

namespace Slimta.Docs;

/// <summary>
/// A C# sample of a page. An HTML comment above it, which the page does not show, names a file of Samples/ with what stands around it in a whole
/// program. The sample's place there is {sample}; a comment gives the program's arguments, and one for each line what a run has to print.
/// </summary>
internal sealed class Sample
{
    public const string Mark = "sample: ";
    private const string ArgumentsMark = "// Arguments: ";
    private const string PrintsMark = "// Prints: ";

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

    public Sample(CodeBlock block)
    {
        Text = Source = block.Text;
        if (block.Above is not { } above || !above.StartsWith(Mark, StringComparison.Ordinal))
            return;
        var around = Repository.Read($"tests/Docs.Tests/Samples/{above[Mark.Length..]}.sample");
        Source = around.Replace("{sample}", block.Text, StringComparison.Ordinal);
        Arguments = [.. Said(around, ArgumentsMark).SelectMany(line => line.Split(' '))];
        Printed = [.. Said(around, PrintsMark)];
    }

    /// <summary>As the page shows it.</summary>
    public string Text { get; }

    /// <summary>The whole program.</summary>
    public string Source { get; }

    public IReadOnlyList<string> Arguments { get; } = [];

    /// <summary>A line has each of these in it.</summary>
    public IReadOnlyList<string> Printed { get; } = [];

    /// <summary>A host: it ends when it is told to.</summary>
    public bool RunsOn => Source.Contains(".Run();", StringComparison.Ordinal);

    public static CSharpCompilation Compile(string source) =>
        CSharpCompilation.Create("Sample", [CSharpSyntaxTree.ParseText(Usings, Parse), CSharpSyntaxTree.ParseText(source, Parse)], References,
            new CSharpCompilationOptions(OutputKind.ConsoleApplication, nullableContextOptions: NullableContextOptions.Enable));

    public static IEnumerable<string> Errors(string source) =>
        Compile(source).GetDiagnostics().Where(found => found.Severity == DiagnosticSeverity.Error).Select(found => $"{found}");

    private static IEnumerable<string> Said(string source, string mark) =>
        source.Split('\n').Where(line => line.StartsWith(mark, StringComparison.Ordinal)).Select(line => line[mark.Length..]);
}
