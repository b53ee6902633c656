using Slimta.Edge.Http;
using Slimta.Smtp;
using Slimta.Storage;

namespace Slimta.Edge.Operator;

/// <summary>A line in the log for each change: who, from where, what, how many.</summary>
internal sealed partial class OperatorAudit(ApiKeys keys, ILogger<OperatorAudit> log)
{
    public void Changed(HttpContext http, string action, OperatorOrder order, string id) =>
        One(log, Who(http), http.Connection.RemoteIpAddress, action, Printable.Text(id), Words(order));

    public void RetriedAll(HttpContext http, int retried) => All(log, Who(http), http.Connection.RemoteIpAddress, retried);

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

    public void JobStarted(HttpContext http, OrderJob job) =>
        Started(log, Who(http), http.Connection.RemoteIpAddress, job.Id, Printable.Text(JobView.Sentence(job)));

    /// <summary>The queue went away while it was asked.</summary>
    public void JobUnknown(HttpContext http, string action, string filter, OperatorOrder order) => Started(log, Who(http), http.Connection.RemoteIpAddress, "?",
        $"{action} on {Printable.Text(filter)}{Words(order)}; the queue went away, and whether it was started is unknown");

    public void JobCanceled(HttpContext http, OrderJob job) => Canceled(log, Who(http), http.Connection.RemoteIpAddress, job.Id, "");

    /// <inheritdoc cref="JobUnknown"/>
    public void JobCancelUnknown(HttpContext http, string id) => Canceled(
        log, Who(http), http.Connection.RemoteIpAddress, Printable.Text(id), "; the queue went away, and whether it was canceled is unknown");

    /// <summary>Once for each job, by the process that did the last of it; twice where that dies in just this moment.</summary>
    public void JobEnded(OrderJob job) => Ended(log, job.Id, Printable.Text(job.Author), job.State switch
    {
        OrderJobState.Done => "is done",
        OrderJobState.Canceled => $"was canceled by {Printable.Text(job.CanceledBy ?? "")}",
        _ => $"failed ({Printable.Text(job.Problem ?? "")})",
    }, Printable.Text(JobView.Sentence(job)), job.Done, job.Delivering, job.Failed);

    private string Who(HttpContext http) => keys.Find(http.Request)?.Name ?? "on this machine";

    private static string Words(OperatorOrder order) => Printable.Text(JobView.Words(order));

    [LoggerMessage(157, LogLevel.Information, "Operator {Who} from {Address}: {Action} {Id}{Words}")]
    private static partial void One(ILogger log, string who, System.Net.IPAddress? address, string action, string id, string words);

    [LoggerMessage(159, LogLevel.Information, "Operator {Who} from {Address} {Does} rule {Rule}: {Words}")]
    private static partial void Rule(ILogger log, string who, System.Net.IPAddress? address, string does, string rule, string words);

    [LoggerMessage(160, LogLevel.Information, "Operator {Who} from {Address}: resend {Id} as {NewId}")]
    private static partial void Again(ILogger log, string who, System.Net.IPAddress? address, string id, string newId);

    [LoggerMessage(158, LogLevel.Information, "Operator {Who} from {Address}: retry on all messages: {Done} changed")]
    private static partial void All(ILogger log, string who, System.Net.IPAddress? address, int done);

    [LoggerMessage(161, LogLevel.Information, "Operator {Who} from {Address} starts job {Job}: {Order}")]
    private static partial void Started(ILogger log, string who, System.Net.IPAddress? address, string job, string order);

    [LoggerMessage(162, LogLevel.Information, "Operator {Who} from {Address} cancels job {Job}{More}")]
    private static partial void Canceled(ILogger log, string who, System.Net.IPAddress? address, string job, string more);

    [LoggerMessage(163, LogLevel.Information, "Job {Job} of {Author} {End}: {Order}: {Done} changed, {Delivering} being delivered and left alone, {Failed} failed")]
    private static partial void Ended(ILogger log, string job, string author, string end, string order, long done, long delivering, long failed);
}
