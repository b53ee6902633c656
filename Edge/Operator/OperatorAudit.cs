using Slimta.Edge.Http;
using Slimta.Smtp;
using Slimta.Storage;

namespace Slimta.Edge.Operator;

/// <summary>A line in the log for each change: who, from where, what, how many.</summary>
internal sealed partial class OperatorAudit(ApiKeys keys, ILogger<OperatorAudit> log)
{
    public void Changed(HttpContext http, string action, OperatorOrder order, string id) =>
        One(log, Who(http), http.Connection.RemoteIpAddress, action, Printable.Text(id), Words(order));

    public void Changed(HttpContext http, string action, OperatorOrder order, string filter, OrderPage page) =>
        Many(log, Who(http), http.Connection.RemoteIpAddress, action, Printable.Text(filter), Words(order), page.Done, page.Delivering, page.Failed.Count,
            page.Problem is { } problem ? $"; stopped: {problem}" : page.Cursor is null ? "" : "; more to come");

    /// <summary>The queue went away while it was asked.</summary>
    public void Unknown(HttpContext http, string action, OperatorOrder order, string id) =>
        One(log, Who(http), http.Connection.RemoteIpAddress, action, Printable.Text(id), $"{Words(order)}; the queue went away, and whether it was done is unknown");

    public void RuleChanged(HttpContext http, string does, QueueRule rule) =>
        Rule(log, Who(http), http.Connection.RemoteIpAddress, does, rule.Id, Printable.Text($"{rule}"));

    /// <summary>The queue went away while it was asked.</summary>
    public void RuleUnknown(HttpContext http, string does, string rule) => Rule(
        log, Who(http), http.Connection.RemoteIpAddress, does, Printable.Text(rule), "the queue went away, and whether it was done is unknown");

    /// <summary>As a rule names who set it, and the history who ordered an end.</summary>
    public string Author(HttpContext http) => keys.Find(http.Request)?.Name ?? "an operator on this machine";

    public void Resent(HttpContext http, string id, string newId) =>
        Again(log, Who(http), http.Connection.RemoteIpAddress, Printable.Text(id), newId);

    private string Who(HttpContext http) => keys.Find(http.Request)?.Name ?? "on this machine";

    private static string Words(OperatorOrder order) => order switch
    {
        { Text.Length: > 0 } => $" \"{Printable.Text(order.Text)}\"",
        _ => "",
    };

    [LoggerMessage(157, LogLevel.Information, "Operator {Who} from {Address}: {Action} {Id}{Words}")]
    private static partial void One(ILogger log, string who, System.Net.IPAddress? address, string action, string id, string words);

    [LoggerMessage(159, LogLevel.Information, "Operator {Who} from {Address} {Does} rule {Rule}: {Words}")]
    private static partial void Rule(ILogger log, string who, System.Net.IPAddress? address, string does, string rule, string words);

    [LoggerMessage(160, LogLevel.Information, "Operator {Who} from {Address}: resend {Id} as {NewId}")]
    private static partial void Again(ILogger log, string who, System.Net.IPAddress? address, string id, string newId);

    [LoggerMessage(158, LogLevel.Information,
        "Operator {Who} from {Address}: {Action} on {Filter}{Words}: {Done} changed, {Delivering} being delivered and left alone, {Failed} failed{More}")]
    private static partial void Many(ILogger log, string who, System.Net.IPAddress? address, string action, string filter, string words,
        int done, int delivering, int failed, string more);
}
