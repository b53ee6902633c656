using Slimta.Storage;

namespace Slimta.Relay.Attempts;

/// <summary>How to settle a message after an attempt, and which senders to tell, decided from the results alone.</summary>
internal sealed record SettlePlan
{
    /// <summary>Indexes of recipients that are done with: delivered, or failed permanently.</summary>
    public required IReadOnlyCollection<int> Done { get; init; }

    /// <summary>When to try the others again; null if there are none, or an operator decides.</summary>
    public TimeSpan? RetryAfter { get; init; }

    /// <summary>Why the message waits for an operator.</summary>
    public string? HoldReason { get; init; }

    /// <summary>Nothing was tried and there is nothing to tell: it only waits.</summary>
    public bool IsPostponed { get; init; }

    /// <summary>Nothing was tried and nothing became of any recipient, so there is no attempt to count.</summary>
    public bool IsUntried { get; init; }

    /// <summary>The pauses whose end it waits for.</summary>
    public IReadOnlyCollection<string> PausedBy { get; init; } = [];

    /// <summary>The results of which the sender is told.</summary>
    public IReadOnlyList<RecipientResult> Reports { get; init; } = [];

    /// <summary>The note for the next time; null keeps the one there is.</summary>
    public string? Note { get; init; }

    /// <summary>Indexes of those of <see cref="Done"/> that failed permanently.</summary>
    public IReadOnlyCollection<int> Failures { get; init; } = [];

    /// <summary>The rule that dropped all of its remaining recipients.</summary>
    public QueueRule? DroppedBy { get; init; }

    /// <summary>Recipients that failed permanently, those of them that ran out of time, and those that are in no report.</summary>
    public int Failed => Failures.Count;
    public int Expired { get; init; }
    public int Unreported { get; init; }

    public static SettlePlan Make(QueuedMessage message, IReadOnlyList<RecipientResult> results, RelayOptions options, DateTimeOffset now, double random)
    {
        var note = RelayNote.Of(message);
        var tries = message.Attempts + note.LeftAlone;
        var age = Born(message) is { } born ? now - born : options.Retry.Sum(tries);
        var expired = age >= options.Retry.MaxAge;
        var done = new List<int>();
        var pending = new List<RecipientResult>();
        var reports = new List<RecipientResult>();
        var failures = new List<int>();
        var (ranOut, held) = (0, 0);
        QueueRule? holdRule = null;
        // A stranger's sender may be forged: report only failures to it.
        var stranger = message.Envelope.Client.IsStranger;
        foreach (var result in results)
        {
            switch (Verdict(result, options.Unknown, expired))
            {
                case RecipientVerdict.Done:
                    done.Add(result.Recipient.Index);
                    if (result is { Outcome: DeliveryOutcome.Delivered, DsnPassedOn: false } && !stranger && NotifyParameter.Success(result.Recipient))
                        reports.Add(result with { Told = ReportAction.Relayed });
                    break;
                case RecipientVerdict.Failed:
                    done.Add(result.Recipient.Index);
                    failures.Add(result.Recipient.Index);
                    if (NotifyParameter.Failure(result.Recipient))
                        reports.Add(result with { Told = ReportAction.Failed });
                    break;
                case RecipientVerdict.Expired:
                    done.Add(result.Recipient.Index);
                    failures.Add(result.Recipient.Index);
                    ranOut++;
                    if (NotifyParameter.Failure(result.Recipient))
                        reports.Add(result with { Told = ReportAction.Expired });
                    break;
                case RecipientVerdict.Held:
                    held++;
                    pending.Add(result);
                    break;
                case RecipientVerdict.HeldByRule:
                    // With the others, once they are done.
                    holdRule ??= result.Rule;
                    break;
                default:
                    pending.Add(result);
                    break;
            }
        }
        var untried = done.Count == 0 && results.All(result => result.Outcome == DeliveryOutcome.NotSent);
        var leftAlone = pending.Exists(result => result.IsLeftAlone);
        var waits = untried && held == 0 && pending.Count > 0;
        var delay = !stranger && (!waits || leftAlone) && !note.DelayReported && options.Bounces.DelayAfter > TimeSpan.Zero && age >= options.Bounces.DelayAfter;
        if (delay)
            reports.AddRange(pending.Where(result => result.Rule is null && NotifyParameter.Delay(result.Recipient)).Select(result => result with { Told = ReportAction.Delayed }));

        var tell = options.Bounces.Enabled && message.Envelope.Sender.Length > 0;
        return new SettlePlan
        {
            Done = done,
            RetryAfter = pending.Count == 0 || held > 0 ? null : Wait(tries, pending, options, age, random),
            HoldReason = held > 0 ? $"{held} recipient(s) may or may not have the message: all was sent and no reply came (Relay:Unknown is Hold)"
                : pending.Count == 0 && holdRule is not null ? $"rule {holdRule.Id}: {holdRule}" : null,
            IsPostponed = waits && !delay,
            IsUntried = untried,
            PausedBy = held > 0 ? [] : [.. pending.Select(result => result.Rule?.Id).OfType<string>().Distinct()],
            Reports = tell ? reports : [],
            // What an operator asked for, and was not tried, comes no later for it; and it is asked for no longer.
            Note = note.Next(delay, untried && leftAlone && message.Asked is null) ?? (leftAlone && message.Asked is not null ? $"{note}" : null),
            Failures = failures,
            DroppedBy = results.Count == message.RecipientCount && results.All(result => result.Outcome == DeliveryOutcome.Dropped) ? results[0].Rule : null,
            Expired = ranOut,
            Unreported = failures.Count - (tell ? reports.Count(report => report.Told is ReportAction.Failed or ReportAction.Expired) : 0),
        };
    }

    /// <summary>From when a message's age counts: accepted, first due or released, the latest of these; null if not recorded.</summary>
    public static DateTimeOffset? Born(QueuedMessage message) =>
        message.Since ?? (message.Envelope.Received == default ? null : message.Envelope.Received);

    private static RecipientVerdict Verdict(RecipientResult result, UnknownOutcome unknown, bool expired) => result.Outcome switch
    {
        _ when result.Rule?.Action == RuleAction.Hold => RecipientVerdict.HeldByRule,
        DeliveryOutcome.Delivered or DeliveryOutcome.Dropped => RecipientVerdict.Done,
        DeliveryOutcome.Permanent => RecipientVerdict.Failed,
        DeliveryOutcome.Unknown when unknown == UnknownOutcome.AssumeDelivered => RecipientVerdict.Done,
        DeliveryOutcome.Unknown when unknown == UnknownOutcome.Hold => RecipientVerdict.Held,
        // Recipients that were not tried get the try that is due, unless nothing answers there: that may be so for ever.
        DeliveryOutcome.NotSent when !result.IsLeftAlone => RecipientVerdict.Pending,
        _ => expired ? RecipientVerdict.Expired : RecipientVerdict.Pending,
    };

    /// <summary>
    /// By the schedule as soon as one recipient was refused, not reached or left alone; by the destination's turn where it was only busy.
    /// Never past the message's end, so that the last try comes when its time is up. A paused recipient keeps no other waiting.
    /// </summary>
    /// <param name="tries">Attempts, and how often it was left alone: messages that fail together do not come back together, and come back ever
    /// more rarely.</param>
    private static TimeSpan Wait(int tries, List<RecipientResult> pending, RelayOptions options, TimeSpan age, double random)
    {
        var paused = pending.Where(result => result.Rule is not null).Select(result => result.RetryAfter).Min();
        pending = paused is null ? pending : [.. pending.Where(result => result.Rule is null)];
        var wait = pending.Count == 0 ? paused!.Value : Unpaused(tries, pending, options, age, random);
        return paused < wait ? paused.Value : wait;
    }

    private static TimeSpan Unpaused(int tries, List<RecipientResult> pending, RelayOptions options, TimeSpan age, double random)
    {
        if (pending.TrueForAll(result => result is { Outcome: DeliveryOutcome.NotSent, IsLeftAlone: false }))
            return pending.Max(result => result.RetryAfter ?? TimeSpan.Zero);
        var wait = options.Retry.After(tries) * (1 + (options.Retry.Jitter * ((2 * random) - 1)));
        var left = options.Retry.MaxAge - age;
        return left > TimeSpan.Zero && left < wait ? left : wait;
    }

    private enum RecipientVerdict
    {
        Pending,
        Done,
        Failed,
        Expired,
        Held,
        HeldByRule,
    }
}
