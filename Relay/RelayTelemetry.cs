using System.Diagnostics;
using System.Diagnostics.Metrics;
using Slimta.Smtp.Client;
using Slimta.Storage;

namespace Slimta.Relay;

/// <summary>The relay's spans and metrics, by OpenTelemetry's messaging conventions; docs/reference/telemetry.md lists them. No address, no content.</summary>
public static class RelayTelemetry
{
    /// <summary>The name of the activity source and of the meter.</summary>
    public const string Name = "Slimta.Relay";

    private static readonly ActivitySource Source = new(Name);
    private static readonly Meter Meter = new(Name);

    private static readonly double[] Short = [.001, .0025, .005, .01, .025, .05, .1, .25, .5, 1, 2.5, 5, 10, 30, 60, 300];
    private static readonly double[] Long = [.01, .1, .5, 1, 5, 15, 60, 300, 900, 3600, 14400, 86400, 432000];

    private static readonly Counter<long> Recipients = Meter.CreateCounter<long>(
        "slimta.relay.recipients", "{recipient}", "Recipients tried, by slimta.outcome.");

    private static readonly Counter<long> Messages = Meter.CreateCounter<long>(
        "slimta.relay.messages", "{message}", "Attempts ended, by slimta.settlement: done, deferred, held, postponed, released, lost, unsettled.");

    private static readonly Counter<long> Reports = Meter.CreateCounter<long>(
        "slimta.relay.reports", "{report}", "Recipients that failed, expired, are late or were passed on, by slimta.report; unreported: of those that failed, the ones that no report tells of.");

    private static readonly Counter<long> RuledRecipients = Meter.CreateCounter<long>(
        "slimta.relay.ruled", "{recipient}", "Recipients that were not tried because of an operator's rule, by slimta.rule.action: pause, hold, drop.");

    private static readonly Counter<long> HeldOver = Meter.CreateCounter<long>(
        "slimta.relay.held.ended", "{message}", "Messages held for longer than Relay:Retry:MaxHeldAge, by slimta.held.end: bounced, or dropped where no sender can be told.");

    private static readonly Histogram<double> AttemptDuration = Meter.CreateHistogram<double>(
        "slimta.relay.attempt.duration", "s", "Duration of delivery attempts.", advice: new InstrumentAdvice<double> { HistogramBucketBoundaries = Short });

    private static readonly Histogram<double> TimeInQueue = Meter.CreateHistogram<double>(
        "slimta.relay.time_in_queue", "s", "From acceptance to the end of a message's last attempt.", advice: new InstrumentAdvice<double> { HistogramBucketBoundaries = Long });

    private static readonly UpDownCounter<long> Active = Meter.CreateUpDownCounter<long>(
        "slimta.relay.attempts.active", "{attempt}", "Attempts under way, waiting for a busy destination included.");

    /// <summary>The span of an attempt: in the trace that the entry names.</summary>
    internal static Activity? StartAttempt(QueueEntry entry, string queue)
    {
        Active.Add(1);
        var activity = Source.StartActivity($"deliver {queue}", ActivityKind.Consumer, entry.TraceContext);
        if (activity is not { IsAllDataRequested: true })
            return activity;
        // A later attempt whose hand-out was not traced is linked to the write itself.
        if (entry.Message.Attempts > 0 && entry.TraceContext == default && entry.Message.TraceContext is var write && write != default)
            activity.AddLink(new ActivityLink(write));
        return activity.SetTag("messaging.system", "slimta")
            .SetTag("messaging.operation.name", "deliver")
            .SetTag("messaging.operation.type", "process")
            // The older name, by which Aspire's dashboard names the span.
            .SetTag("messaging.operation", "deliver")
            .SetTag("messaging.destination.name", queue)
            .SetTag("messaging.message.id", entry.Id)
            .SetTag("slimta.attempt", entry.Message.Attempts + 1)
            .SetTag("slimta.recipients", entry.Message.Envelope.Recipients.Count);
    }

    internal static void EndAttempt(Activity? activity, AttemptOutcome outcome, TimeSpan duration)
    {
        var settlement = outcome.Name();
        Active.Add(-1);
        AttemptDuration.Record(duration.TotalSeconds, new KeyValuePair<string, object?>("slimta.settlement", settlement));
        Messages.Add(1, new KeyValuePair<string, object?>("slimta.settlement", settlement));
        activity?.SetTag("slimta.settlement", settlement);
        if (outcome.IsUncertain())
            activity?.SetTag("error.type", settlement).SetStatus(ActivityStatusCode.Error);
        activity?.Dispose();
    }

    internal static void Done(TimeSpan sinceAcceptance) => TimeInQueue.Record(sinceAcceptance.TotalSeconds);

    internal static void Ruled(RuleAction action, int recipients) =>
        RuledRecipients.Add(recipients, new KeyValuePair<string, object?>("slimta.rule.action", action.ToString().ToLowerInvariant()));

    internal static void Outcome(RecipientResult result) => Recipients.Add(1, new KeyValuePair<string, object?>("slimta.outcome", result.Outcome.Name()));

    internal static void Reported(SettlePlan plan)
    {
        Report("expired", plan.Expired);
        Report("failed", plan.Failed - plan.Expired);
        Report("unreported", plan.Unreported);
        Report("delayed", plan.Reports.Count(report => report.Told == ReportAction.Delayed));
        Report("relayed", plan.Reports.Count(report => report.Told == ReportAction.Relayed));
    }

    internal static void HeldEnded(bool bounced) => HeldOver.Add(1, new KeyValuePair<string, object?>("slimta.held.end", bounced ? "bounced" : "dropped"));

    private static void Report(string report, int recipients)
    {
        if (recipients > 0)
            Reports.Add(recipients, new KeyValuePair<string, object?>("slimta.report", report));
    }

    internal static Activity? StartTransaction(SmtpTarget target, int recipients)
    {
        var activity = Source.StartActivity(target.Security.Lmtp ? "LMTP transaction" : "SMTP transaction", ActivityKind.Client);
        return activity is not { IsAllDataRequested: true }
            ? activity
            : activity.SetTag("server.address", target.Host)
                .SetTag("server.port", target.Address.Port)
                .SetTag("network.peer.address", target.Address.Address.ToString())
                .SetTag("slimta.recipients", recipients);
    }

    /// <summary>The reply's code and enhanced code; its text may name an address and stays out.</summary>
    internal static void EndTransaction(Activity? activity, SmtpConnection server, ReadOnlySpan<RecipientReply> replies)
    {
        if (activity is not { IsAllDataRequested: true } || replies.IsEmpty)
            return;
        var worst = replies[0];
        foreach (var reply in replies)
        {
            if (reply.Outcome != TransactionOutcome.Delivered)
                worst = reply;
        }
        activity.SetTag("slimta.outcome", RecipientResults.Of(worst.Outcome).Name()).SetTag("smtp.response.stage", worst.Stage.ToString());
        if (worst.Reply is { } said)
            activity.SetTag("smtp.response.status_code", said.Code).SetTag("smtp.response.enhanced_code", said.EnhancedCode);
        if (server.Tls is { } tls)
            activity.SetTag("tls.protocol.version", tls);
        if (worst.Outcome != TransactionOutcome.Delivered)
            activity.SetTag("error.type", worst.Reply?.Code.ToString() ?? worst.Stage.ToString()).SetStatus(ActivityStatusCode.Error);
    }
}
