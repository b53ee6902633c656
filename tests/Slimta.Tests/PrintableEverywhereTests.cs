using System.Runtime.CompilerServices;
using System.Text.RegularExpressions;

namespace Slimta.Tests;

/// <summary>
/// Looks through the source for ways around Printable: a new place where bytes of a stranger become text, or where text leaves, is added
/// to a list here by who has made sure that nothing unprintable comes through.
/// </summary>
public sealed class PrintableEverywhereTests
{
    /// <summary>What becomes of the text that each makes of bytes.</summary>
    private static readonly Dictionary<string, string> Decoders = new(StringComparer.Ordinal)
    {
        ["InlineImages.cs"] = "is compared",
        ["PartContent.cs"] = "is a message's text, which the page shows as text in an element for it",
        ["OriginalPart.cs"] = "goes back to bytes",
        ["FromField.cs"] = "is compared; what is shown of it passes SenderPolicy.Refusal",
        ["HeaderScanner.cs"] = "is parsed as a trace id",
        ["HeaderText.cs"] = "passes Printable",
        ["SubmissionReader.cs"] = "is parsed as an address",
        ["DkimSigning.cs"] = "goes back to bytes",
        ["NextHop.cs"] = "comes from configuration",
        ["ReplyReader.cs"] = "passes Printable",
        ["ProxyHeader.cs"] = "is parsed as an address",
        ["SmtpCommandLine.cs"] = "has no controls; replies pass ReplyWriter",
        ["SaslExchange.cs"] = "is compared as a name and a password",
        ["Xtext.cs"] = "is shown by StatusPart, which passes Printable",
    };

    [Fact]
    public void Bytes_become_text_only_where_it_is_known_what_becomes_of_it() =>
        Assert.Equal(Decoders.Keys.Order(StringComparer.Ordinal), Matching(@"(?<!_json)\.GetString\((?!\)|name|""|key)|UnescapeDataString").Select(match => match.File).Distinct().Where(file => !IsStorage(file)).Order(StringComparer.Ordinal));

    [Fact]
    public void Log_lines_are_declared_where_they_can_be_read_together() =>
        Assert.Empty(Matching(@"\.Log(Trace|Debug|Information|Warning|Error|Critical)?\((""|\$""|LogLevel)"));

    /// <summary>Standalone and an application of a user's write them into one log, where an alert may go by the id.</summary>
    [Fact]
    public void Each_log_line_has_an_id_that_no_other_has()
    {
        var ids = Matching(@"\[LoggerMessage\(").Select(match => Regex.Match(match.Line, @"(?<=LoggerMessage\()\d+", RegexOptions.CultureInvariant, TimeSpan.FromSeconds(10)).Value).ToList();
        Assert.DoesNotContain("", ids);
        Assert.Empty(ids.GroupBy(id => id).Where(same => same.Count() > 1).Select(same => same.Key));
    }

    /// <summary>The other fields have values of ours: words and numbers.</summary>
    [Fact]
    public void A_response_field_that_quotes_passes_Printable() =>
        Assert.All(Matching(@"Response\.Headers.* = (?!"")(?!\$""\{Math)"), match =>
            Assert.True(match.File == "SlimtaAnswer.cs" || match.Line.Contains("Printable.Text(", StringComparison.Ordinal) || match.Line.Contains("ContentSecurityPolicy = policy;", StringComparison.Ordinal), match.Line));

    [Fact]
    public void Where_text_is_shown_it_passes_Printable()
    {
        foreach (var file in new[] { "SenderPolicy.cs", "BrowserGuard.cs", "SlimtaAnswer.cs", "MessageReader.cs", "StatusPart.cs", "ReplyReader.cs", "StatusReader.cs", "DeliveryLog.cs", "MailHeader.cs", "MailboxViews.cs", "FileNames.cs", "SmtpSessionException.cs", "Destination.cs", "Attempt.cs" })
            Assert.Contains(Matching(@"Printable\.Text\("), match => match.File == file);
        Assert.Empty(Matching(@"innerHTML|Html\.Raw|MarkupString"));
    }

    /// <summary>What the storage reads it wrote itself, as JSON.</summary>
    private static bool IsStorage(string file) => Sources().Any(source => Path.GetFileName(source) == file && source.Contains("/Storage/", StringComparison.Ordinal));

    private static List<(string File, string Line)> Matching(string pattern)
    {
        var regex = new Regex(pattern, RegexOptions.CultureInvariant, TimeSpan.FromSeconds(10));
        return [.. Sources().SelectMany(file => File.ReadLines(file).Where(line => regex.IsMatch(line)).Select(line => (Path.GetFileName(file), line)))];
    }

    private static IEnumerable<string> Sources([CallerFilePath] string here = "") =>
        Directory.EnumerateFiles(Path.GetFullPath(Path.Combine(Path.GetDirectoryName(here)!, "../..")), "*.*", SearchOption.AllDirectories)
            .Select(file => file.Replace('\\', '/'))
            .Where(file => file.EndsWith(".cs", StringComparison.Ordinal) || file.EndsWith(".js", StringComparison.Ordinal))
            .Where(file => !file.Contains("/tests/", StringComparison.Ordinal) && !file.Contains("/bench/", StringComparison.Ordinal)
                && !file.Contains("/obj/", StringComparison.Ordinal) && !file.Contains("/bin/", StringComparison.Ordinal));
}
