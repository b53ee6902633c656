using System.Globalization;
using System.Text.Json.Serialization;
using Slimta.Storage;

namespace Slimta.Edge.Operator;

/// <summary>What an action needs to know.</summary>
internal record OrderRequest
{
    public const string Actions = "retry, reschedule, hold, release, bounce, drop, route";
    private const int MostText = 1024;

    /// <summary>The reason: for hold, and optionally for drop.</summary>
    public string? Reason { get; init; }

    /// <summary>For bounce: what the sender is told.</summary>
    public string? Text { get; init; }

    /// <summary>For reschedule, and optionally for release: when it is due, as 2026-12-24T08:00:00Z.</summary>
    public string? At { get; init; }

    /// <summary>For route: the name of the relay's route; "default", or none, for the relay's own choice.</summary>
    public string? Via { get; init; }

    /// <exception cref="BadOrderException"/>
    public OperatorOrder ToOrder(string action) => action switch
    {
        "retry" => OperatorOrder.Retry,
        "reschedule" => OperatorOrder.Reschedule(TimeOf(At) ?? throw new BadOrderException("at", "Say when it is due, as 2026-12-24T08:00:00Z.")),
        "hold" => OperatorOrder.Hold(Line("reason", Reason, "Say why, for the next operator.")),
        "release" => OperatorOrder.Release(TimeOf(At) is { } at ? Due.At(at) : Due.Now),
        "bounce" => OperatorOrder.Bounce(Line("text", Text, "Say what the sender is to be told.")),
        "drop" => Reason is null ? OperatorOrder.Drop : OperatorOrder.DropFor(Line("reason", Reason, "Say why, or leave it out.")),
        "route" => OperatorOrder.Route(RouteChoice.IsDefault(Via) ? null : Line("via", Via, "Name a route.", RouteChoice.MostCharacters)),
        _ => throw new BadOrderException("action", $"The actions are {Actions}."),
    };

    private static string Line(string field, string? text, string missing, int most = MostText)
    {
        if (string.IsNullOrWhiteSpace(text))
            throw new BadOrderException(field, missing);
        if (text.Length > most || text.Any(char.IsControl))
            throw new BadOrderException(field, $"It must be one line of at most {most} characters.");
        return text;
    }

    private static DateTimeOffset? TimeOf(string? text)
    {
        if (text is null)
            return null;
        return TryParseTime(text, out var time) ? time : throw new BadOrderException("at", "It must be a time from 1970 to 2200, as 2026-12-24T08:00:00Z.");
    }

    public static bool TryParseTime(string text, out DateTimeOffset time) =>
        DateTimeOffset.TryParse(text, CultureInfo.InvariantCulture, DateTimeStyles.AssumeUniversal, out time) && time.Year is >= 1970 and <= 2200;
}

/// <param name="Note">Why the message stays all the same.</param>
internal sealed record OneDone(string Id, string Action, string? Note);

/// <summary>How many messages were brought forward.</summary>
internal sealed record RetriedAll(int Retried);

[JsonSourceGenerationOptions(
    PropertyNamingPolicy = JsonKnownNamingPolicy.CamelCase,
    DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull,
    UnmappedMemberHandling = JsonUnmappedMemberHandling.Disallow)]
[JsonSerializable(typeof(MessageList))]
[JsonSerializable(typeof(MessageView))]
[JsonSerializable(typeof(WhyView))]
[JsonSerializable(typeof(OverviewView))]
[JsonSerializable(typeof(OrderRequest))]
[JsonSerializable(typeof(JobRequest))]
[JsonSerializable(typeof(CountRequest))]
[JsonSerializable(typeof(OneDone))]
[JsonSerializable(typeof(CountView))]
[JsonSerializable(typeof(JobView))]
[JsonSerializable(typeof(JobList))]
[JsonSerializable(typeof(RetriedAll))]
[JsonSerializable(typeof(PageView))]
[JsonSerializable(typeof(RuleRequest))]
[JsonSerializable(typeof(PauseRequest))]
[JsonSerializable(typeof(ResumeRequest))]
[JsonSerializable(typeof(RuleView))]
[JsonSerializable(typeof(RuleList))]
[JsonSerializable(typeof(RouteList))]
internal sealed partial class OperatorJson : JsonSerializerContext;
