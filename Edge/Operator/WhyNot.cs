using Slimta.Storage;

namespace Slimta.Edge.Operator;

/// <summary>Why a message is not sent yet: a sentence for each recipient, from what the queue knows.</summary>
internal static class WhyNot
{
    public static IEnumerable<RecipientWhy> Explain(MessageDetails details, RuleSet rules)
    {
        if (details.Listing.Message is not { } message)
        {
            yield return new(null, $"It cannot be read. {details.Listing.Problem}");
            yield break;
        }
        foreach (var recipient in message.Recipients)
        {
            var last = LastOf(details.Attempts, recipient.Index);
            yield return new(recipient.Address, message.Delivered.Contains(recipient.Index) ? Ended(last) : Waiting(details.Listing, message, last, rules.QueuePause ?? rules.Find(message.Sender, recipient.Address)));
        }
    }

    private static (AttemptRecord Attempt, RecipientOutcome Outcome)? LastOf(IReadOnlyList<AttemptRecord> attempts, int index)
    {
        for (var i = attempts.Count - 1; i >= 0; i--)
        {
            if (attempts[i].Recipients.FirstOrDefault(outcome => outcome.Index == index) is { } outcome)
                return (attempts[i], outcome);
        }
        return null;
    }

    private static string Ended((AttemptRecord Attempt, RecipientOutcome Outcome)? last) => last switch
    {
        { Outcome.Outcome: DeliveryOutcome.Delivered } => $"Already delivered. {Said(last)}",
        { Outcome.Outcome: DeliveryOutcome.Dropped } => $"Dropped by a rule. {Said(last)}",
        { Outcome.Outcome: DeliveryOutcome.Unknown } => $"Taken for delivered, though no reply came. {Said(last)}",
        { } => $"Failed for good; it is not tried again. {Said(last)}",
        null => "Already done with: it needs no further attempt.",
    };

    private static string Waiting(QueueListing listing, MessageMetadata message, (AttemptRecord Attempt, RecipientOutcome Outcome)? last, QueueRule? rule)
    {
        var sentence = listing switch
        {
            { State: MessageState.Held } => $"Held since {Time(listing.Timestamp)}: {listing.HoldReason ?? "no reason was noted"}. It waits for an operator.",
            { State: MessageState.Leased } => $"Relay {listing.LeaseOwner} is delivering it; its lease lasts until {Time(listing.Timestamp)} unless renewed.",
            _ when message.BounceText is { } text => $"An operator ordered a bounce: {text}. The next free relay writes it.",
            _ when rule is not null => ByRule(rule, listing),
            { State: MessageState.Due } => $"Due since {Time(listing.Timestamp)}: it waits for a free relay.",
            _ when message.Attempts == 0 => $"It waits for its time: the first attempt is at {Time(listing.Timestamp)}.",
            _ => $"The next attempt is at {Time(listing.Timestamp)}.",
        };
        return last is null ? sentence : $"{sentence} {Said(last)}";
    }

    private static string ByRule(QueueRule rule, QueueListing listing)
    {
        var next = rule.Action switch
        {
            RuleAction.Pause => "It is neither tried nor bounced until the pause ends.",
            RuleAction.Hold => $"It will be put on hold when it is due, at {Time(listing.Timestamp)}.",
            _ => $"It will be dropped when it is due, at {Time(listing.Timestamp)}.",
        };
        var words = $"{rule}";
        return $"{char.ToUpperInvariant(words[0])}{words[1..]}. {next}";
    }

    private static string Said((AttemptRecord Attempt, RecipientOutcome Outcome)? last)
    {
        var (attempt, outcome) = last!.Value;
        var where = outcome.Host is { } host ? $" to {host}" : "";
        var words = outcome.Reply is { } reply ? $": {reply.ReplaceLineEndings(" ").Trim()}" : ".";
        return $"The last attempt{where}, at {Time(attempt.Started)} by {attempt.Worker}, ended {Word(outcome.Outcome)}{words}";
    }

    private static string Word(DeliveryOutcome outcome) => outcome switch
    {
        DeliveryOutcome.Delivered => "well",
        DeliveryOutcome.Transient => "with a refusal for now",
        DeliveryOutcome.Permanent => "with a refusal for good",
        DeliveryOutcome.Dropped => "with a drop",
        DeliveryOutcome.NotSent => "before its turn",
        _ => "without a reply",
    };

    private static string Time(DateTimeOffset time) => $"{time.ToUniversalTime():yyyy-MM-dd HH:mm:ss} UTC";
}
