using System.Text.RegularExpressions;
using Slimta.Chaos.Operating;

namespace Slimta.Chaos.Judging;

/// <summary>A line that an edge logged for a change.</summary>
/// <param name="Order">Who ordered what on what, in which words; the same for all requests of an order.</param>
/// <param name="Counts">How many were changed, left alone and failed; of a resend the new id.</param>
internal sealed partial record AuditLine(long At, string Edge, string Order, string Counts)
{
    /// <summary>Starts what a line on the end of a job is about.</summary>
    public const string Job = "job ";

    /// <summary>Null: the line is of something else.</summary>
    public static AuditLine? Read(LogLine line)
    {
        if (!line.Text.Contains(": Slimta.Edge.Operator.OperatorAudit", StringComparison.Ordinal))
            return null;
        var edge = line.Who[..line.Who.LastIndexOf('.')];
        if (JobEnded().Match(line.Text) is { Success: true } ended)
            return new(line.At, edge, Job + ended.Groups["job"].Value, $"{ended.Groups["done"]}/{ended.Groups["delivering"]}/{ended.Groups["failed"]}");
        if (JobStarted().Match(line.Text) is { Success: true } started)
            return new(line.At, edge, OrderOf(started), "");
        if (Canceled().Match(line.Text) is { Success: true } canceled)
            return new(line.At, edge, OrderOf(canceled), "");
        if (RetryAll().Match(line.Text) is { Success: true } all)
            return new(line.At, edge, OrderOf(all), all.Groups["done"].Value);
        if (Again().Match(line.Text) is { Success: true } again)
            return new(line.At, edge, OrderOf(again), again.Groups["new"].Value);
        if (Unknown().Match(line.Text) is { Success: true } unknown)
            return new(line.At, edge, OrderOf(unknown), "");
        if (Rule().Match(line.Text) is { Success: true } rule)
            return new(line.At, edge, OrderOf(rule), "");
        return One().Match(line.Text) is { Success: true } one ? new(line.At, edge, OrderOf(one), "") : new(line.At, edge, line.Text, "");
    }

    /// <summary>As the line of such an order says it.</summary>
    public static string OrderOf(Order order) => order.Action switch
    {
        // Named by the order that set it: no one knows the id of a rule whose setting was not answered.
        "sets" or "removes" => $"{order.By} {order.Action}  {order.Text}",
        "retry-all" => $"{order.By} retry {order.Target} ",
        _ => $"{order.By} {order.Action} {order.Target} {order.Words}",
    };

    private static string OrderOf(Match line) => $"{line.Groups["by"]} {line.Groups["action"]} {line.Groups["target"]} {line.Groups["text"]}";

    [GeneratedRegex("""Job (?<job>\S+) of \S+ (is done|was canceled by \S+|failed .*): .*: (?<done>[0-9]+) changed, (?<delivering>[0-9]+) being delivered and left alone, (?<failed>[0-9]+) failed""", RegexOptions.ExplicitCapture, matchTimeoutMilliseconds: 5000)]
    private static partial Regex JobEnded();

    [GeneratedRegex("""Operator (?<by>\S+) from \S+ starts job \S+: (?<action>[a-z]+) on (?<target>.*?)( "(?<text>order [0-9]+|detour)")?( to [0-9T:Z-]+)?(; the queue went away.*)?$""", RegexOptions.ExplicitCapture, matchTimeoutMilliseconds: 5000)]
    private static partial Regex JobStarted();

    [GeneratedRegex("""Operator (?<by>\S+) from \S+ (?<action>cancels) job (?<target>[^ ;]+)""", RegexOptions.ExplicitCapture, matchTimeoutMilliseconds: 5000)]
    private static partial Regex Canceled();

    [GeneratedRegex("""Operator (?<by>\S+) from \S+: (?<action>retry) on (?<target>all messages): (?<done>[0-9]+) changed""", RegexOptions.ExplicitCapture, matchTimeoutMilliseconds: 5000)]
    private static partial Regex RetryAll();

    [GeneratedRegex("""Operator (?<by>\S+) from \S+: (?<action>resend) (?<target>\S+) as (?<new>\S+)""", RegexOptions.ExplicitCapture, matchTimeoutMilliseconds: 5000)]
    private static partial Regex Again();

    [GeneratedRegex("""Operator (?<by>\S+) from \S+ (?<action>removes) rule (?<target>[0-9a-f]+): the queue went away""", RegexOptions.ExplicitCapture, matchTimeoutMilliseconds: 5000)]
    private static partial Regex Unknown();

    [GeneratedRegex("""Operator (?<by>\S+) from \S+ (?<action>sets|removes) rule .*because: (?<text>order [0-9]+)""", RegexOptions.ExplicitCapture, matchTimeoutMilliseconds: 5000)]
    private static partial Regex Rule();

    [GeneratedRegex("""Operator (?<by>\S+) from \S+: (?<action>[a-z]+) (?<target>[0-9]+-[0-9a-z]{26})( "(?<text>order [0-9]+|detour)")?""", RegexOptions.ExplicitCapture, matchTimeoutMilliseconds: 5000)]
    private static partial Regex One();
}
