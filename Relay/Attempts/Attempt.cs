using System.Diagnostics;
using Slimta.Smtp;
using Slimta.Storage;

namespace Slimta.Relay.Attempts;

/// <summary>From a leased message to its settlement: deliver, decide, write the reports. It touches the queue only to mark early.</summary>
internal sealed class Attempt(
    IDelivery delivery, ReportWriter reports, StrangerReports strangers, RelayOptions options, RelayIdentity identity,
    RuleSource rules, TimeProvider time, ILogger<Attempt> log)
{
    /// <summary>"Delivery not authorized, message refused" (RFC 3463 §3.8).</summary>
    private const string OperatorsBounce = "5.7.1";

    // 4 Deliver
    public async Task<AttemptEnd> RunAsync(DeliveryContext context)
    {
        var message = context.Message;
        var recipients = message.Envelope.Recipients;
        if (recipients.Count == 0)
            return AttemptEnd.Hold("the message has no recipient left to deliver to, but is still in the queue");
        var started = time.GetUtcNow();
        var stamp = time.GetTimestamp();
        IReadOnlyList<RecipientResult> results = message.BounceText is { } text
            ? [.. recipients.Select(recipient => RecipientResults.Refused(recipient, OperatorsBounce, text))]
            : await DeliverByRulesAsync(context);
        var now = time.GetUtcNow();
        var plan = SettlePlan.Make(message, results, options, now, Random.Shared.NextDouble());
        if (plan.Reports.Count > 0 && message.Envelope.Client.IsStranger && !strangers.TryTake(message.Envelope.Sender))
            plan = plan with { Reports = [], Unreported = plan.Failed };
        if (plan.IsPostponed)
            return new AttemptEnd(plan, results, plan is { Note: { } note, RetryAfter: { } wait } ? Settlement.Retry(Due.After(wait)) with { Note = note } : null);
        if (plan is { IsUntried: true, HoldReason: { } untried })
            return new AttemptEnd(plan, results, Settlement.Hold(Printable.Text(untried)));

        var settlement = plan switch
        {
            { HoldReason: { } reason } => Settlement.Hold(reason),
            { RetryAfter: { } after } => Settlement.Retry(Due.After(after)),
            { DroppedBy: { } rule } => Settlement.Drop($"rule {rule.Id}: {rule.Reason}", rule.Author),
            _ => Settlement.Remove(),
        };
        var attempt = new AttemptRecord
        {
            Started = started,
            Duration = time.GetElapsedTime(stamp),
            Worker = identity.Worker,
            TraceId = Activity.Current?.TraceId.ToHexString(),
            Route = message.Route,
            Recipients = [.. results.Select(result => result.ToRecord())],
        };
        return new AttemptEnd(plan, results, settlement with
        {
            Completed = plan.Done,
            Failed = plan.Failures,
            By = settlement.By ?? message.BouncedBy,
            Attempt = plan.IsUntried ? null : attempt,
            Note = plan.Note,
            NewMessages = await ReportsAsync(message, plan, now),
        });
    }

    private async Task<IReadOnlyList<RecipientResult>> DeliverByRulesAsync(DeliveryContext context)
    {
        var (rest, ruled) = RuledMail.Of(context, rules.Current);
        if (rest is null)
            return ruled;
        var results = Complete(rest.Message.Envelope.Recipients, await DeliverAsync(rest));
        results.AddRange(ruled);
        return results;
    }

    private async Task<IReadOnlyList<RecipientResult>> DeliverAsync(DeliveryContext context)
    {
        try
        {
            return await delivery.DeliverAsync(context);
        }
        catch (Exception e) when (e is not (QueueException or OperationCanceledException or OutOfMemoryException))
        {
            // Time, and in the end its sender, can judge it better than an operator.
            var recipients = context.Message.Envelope.Recipients;
            RelayLog.DeliveryFailed(log, context.Message.Id, RelayLog.Recipients(recipients.Count), e);
            return [.. recipients.Select(recipient => RecipientResults.Refused(recipient, "4.3.0", $"Delivery threw ({e.GetType().Name})."))];
        }
    }

    private async ValueTask<IReadOnlyList<NewMessage>> ReportsAsync(QueuedMessage message, SettlePlan plan, DateTimeOffset now)
    {
        if (plan.Reports.Count == 0)
            return [];
        var report = new Report
        {
            Message = message,
            Recipients = plan.Reports,
            ReportingMta = identity.HelloName,
            Time = now,
            LastAttempt = now,
            RetryUntil = SettlePlan.Born(message) + options.Retry.MaxAge,
        };
        return [await reports.WriteAsync(message.Envelope.Client.IsStranger ? StrangerReports.Shorten(report) : report, CancellationToken.None)];
    }

    /// <summary>
    /// One result for each recipient as the envelope has it. One that a delivery forgot counts as not sent, so that it is not lost.
    /// </summary>
    private static List<RecipientResult> Complete(IReadOnlyList<Recipient> recipients, IReadOnlyList<RecipientResult> results)
    {
        var byIndex = new Dictionary<int, RecipientResult>(results.Count);
        foreach (var result in results)
            byIndex[result.Recipient.Index] = result;
        var complete = new List<RecipientResult>(recipients.Count);
        foreach (var recipient in recipients)
        {
            complete.Add(byIndex.TryGetValue(recipient.Index, out var result)
                ? result with { Recipient = recipient }
                : RecipientResults.NotTried(recipient, "The delivery returned no result for this recipient."));
        }
        return complete;
    }
}

/// <summary>How an attempt ended.</summary>
/// <param name="Settlement">Null if the message only waits for its turn.</param>
internal sealed record AttemptEnd(SettlePlan Plan, IReadOnlyList<RecipientResult> Results, Settlement? Settlement)
{
    /// <summary>
    /// The wait of a message whose note for the end of a pause could not be written: the end does not make it due, so it comes up again by
    /// itself.
    /// </summary>
    private static readonly TimeSpan LongestUnnoted = TimeSpan.FromMinutes(1);

    public AttemptEnd Sooner() => Plan.RetryAfter is not { } after || after <= LongestUnnoted ? this : this with
    {
        Plan = Plan with { RetryAfter = LongestUnnoted },
        Settlement = Settlement is { Kind: SettlementKind.Retry } retry
            ? Settlement.Retry(Due.After(LongestUnnoted)) with { Completed = retry.Completed, Failed = retry.Failed, Attempt = retry.Attempt, Note = retry.Note, NewMessages = retry.NewMessages }
            : Settlement,
    };

    /// <param name="reason">May quote an exception, and with it text that a stranger sent.</param>
    public static AttemptEnd Hold(string reason)
    {
        var shown = Printable.Text(reason);
        return new(new SettlePlan { Done = [], HoldReason = shown }, [], Settlement.Hold(shown));
    }
}

/// <summary>Who we are: to servers, and in records.</summary>
internal sealed record RelayIdentity(string HelloName, string Worker);
