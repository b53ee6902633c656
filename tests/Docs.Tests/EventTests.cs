using System.Text.RegularExpressions;

namespace Slimta.Docs;

/// <summary>"event 41" in a page is the number of a log line in the code.</summary>
public sealed partial class EventTests
{
    [Fact]
    public void Every_event_that_a_page_names_is_logged()
    {
        var logged = Repository.Sources().SelectMany(path => Number().Matches(Repository.Read(path))).Select(found => found.Groups[1].Value).ToHashSet(StringComparer.Ordinal);
        var named = Repository.Markdown().SelectMany(path => Named().Matches(Repository.Read(path)).SelectMany(found =>
            found.Groups[1].Captures.Concat(found.Groups[2].Captures).Select(number => (path, Number: number.Value)))).ToList();
        Assert.True(named.Count > 10, $"{named.Count} events are named");
        Assert.All(named, name => Assert.Contains(name.Number, logged));
    }

    [Fact]
    public void An_event_has_a_number_that_no_other_has()
    {
        var events = Repository.Sources().SelectMany(path => Number().Matches(Repository.Read(path)).Select(found => (path, Number: found.Groups[1].Value))).ToList();
        Assert.True(events.Count > 10, $"{events.Count} events are logged");
        Assert.All(events.GroupBy(found => found.Number).Where(group => group.Count() > 1),
            group => Assert.Fail($"Event {group.Key} is in {string.Join(" and ", group.Select(found => found.path))}."));
    }

    [GeneratedRegex(@"LoggerMessage\(\s*(\d+),")]
    private static partial Regex Number();

    [GeneratedRegex(@"\bevents?\s(\d+)(?:(?:, | and | or )(\d+))*")]
    private static partial Regex Named();
}
