using Slimta.Storage;

namespace Slimta.Edge.Operator;

/// <summary>Why a message is not sent yet: a sentence for each recipient, from what the queue and the relays know.</summary>
/// <param name="behind">Messages that are due before it.</param>
internal sealed class WhyNot(RuleSet rules, IReadOnlyList<RelayState> relays, long behind)
{
    public IEnumerable<RecipientWhy> Explain(MessageDetails details)
    {
        if (details.Listing.Message is not { } message)
        {
            yield return new(null, $"It cannot be read. {details.Listing.Problem}");
            yield break;
        }
        foreach (var recipient in message.Recipients)
        {
            var last = LastOf(details.Attempts, recipient.Index);
            yield return new(recipient.Address, message.Completed.Contains(recipient.Index) ? Ended(last) : Waiting(details.Listing, message, recipient, last));
        }
    }

    internal static (AttemptRecord Attempt, RecipientOutcome Outcome)? LastOf(IReadOnlyList<AttemptRecord> attempts, int index)
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
        { Outcome.Outcome: DeliveryOutcome.Unknown } => $"Assumed delivered, though no reply came. {Said(last)}",
        { } => $"Failed permanently; it is not tried again. {Said(last)}",
        null => "Finished: it needs no further attempt.",
    };

    private string Waiting(QueueListing listing, MessageMetadata message, Recipient recipient, (AttemptRecord Attempt, RecipientOutcome Outcome)? last)
    {
        var rule = rules.QueuePause ?? rules.Find(message.Sender, recipient.Address);
        var sentence = listing switch
        {
            { State: MessageState.Held } => $"Held since {Time(listing.Timestamp)}: {listing.HoldReason ?? "no reason was noted"}. It waits for an operator.",
            { State: MessageState.Leased } => $"Relay {listing.LeaseOwner} is delivering it; its lease lasts until {Time(listing.Timestamp)} unless renewed.",
            _ when message.BounceText is { } text => $"A bounce was ordered by {message.BouncedBy ?? "an operator"}: {text.TrimEnd('.')}. The next free relay writes it.",
            _ when rule is not null => ByRule(rule, listing),
            { State: MessageState.Due } => $"Due since {Time(listing.Timestamp)}: it waits for a free relay{Behind()}.",
            _ when message.Attempts == 0 => $"It waits for its time: the first attempt is at {Time(listing.Timestamp)}.",
            _ => $"The next attempt is at {Time(listing.Timestamp)}.",
        };
        if (message.Route is { } route && listing.State != MessageState.Held && message.BounceText is null)
            sentence = $"{sentence} It goes by the route {route}, by an operator's order.";
        if (rule is null && listing.State != MessageState.Held && message.BounceText is null && Destination(MessageFilter.DomainOf(recipient.Address), message.Route) is { } destination)
        {
            sentence = $"{sentence} {destination}";
            // It was not tried because of its destination, which has just been told.
            if (last?.Outcome.Outcome == DeliveryOutcome.NotSent)
                return sentence;
        }
        return last is null ? sentence : $"{sentence} {Said(last)}";
    }

    private string Behind()
    {
        var waiting = behind switch { 0 => "", 1 => ", behind 1 message that is due before it", _ => $", behind {behind} messages that are due before it" };
        var full = relays.Count > 0 && relays.All(relay => relay.Delivering >= relay.Limit);
        return full ? $"{waiting}; all relays have as many deliveries under way as they may ({relays.Sum(relay => relay.Limit)}, Relay:Concurrency)" : waiting;
    }

    /// <summary>The relays' state for its destination; null if there is none.</summary>
    private string? Destination(string domain, string? via)
    {
        var live = relays.Select(relay => (Relay: relay, State: relay.Of(domain, via))).Where(one => one.State is not null).ToList();
        if (live.Count == 0)
            return null;
        if (live.MaxBy(one => one.State!.CoolingUntil) is { State: { CoolingUntil: { } until } cooling } by)
            return $"Its destination {Place(cooling)} is cooling down until {Time(until)} at {by.Relay.Name}: its connections have failed{Since(cooling)}{Problem(cooling)}.";
        if (live.TrueForAll(one => one.State!.FailingSince is not null) && live.MinBy(one => one.State!.FailingSince) is { State: { } failing } at)
            return $"Each delivery to its destination {Place(failing)} has failed at {at.Relay.Name}{Since(failing)}{Problem(failing)}.";
        live.RemoveAll(one => !one.State!.IsActive);
        if (live.Count == 0)
            return null;
        var (delivering, waits) = (live.Sum(one => one.State!.Delivering), live.Sum(one => one.State!.Waiting));
        var limit = live.Sum(one => one.State!.Limit);
        return $"Its destination {Place(live[0].State!)} has {delivering} deliveries under way{(waits > 0 ? $" and {waits} messages that wait for a connection" : "")}"
            + (delivering >= limit ? $", as many as it may have now ({limit})." : ".");
    }

    private static string Place(DestinationState state) => state.Server ?? state.Place[3..];

    private static string Since(DestinationState state) => state.FailingSince is { } since ? $" since {Time(since)}" : "";

    private static string Problem(DestinationState state) => state.Problem is { } problem ? $", the last with: {problem.TrimEnd('.')}" : "";

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

    internal static string Said((AttemptRecord Attempt, RecipientOutcome Outcome)? last)
    {
        var (attempt, outcome) = last!.Value;
        var where = (outcome.Host is { } host ? $" to {host}" : "") + (attempt.Route is { } route ? $" by the route {route}" : "");
        var words = outcome.Reply is { } reply ? $": {reply.ReplaceLineEndings(" ").Trim()}" : ".";
        return $"The last attempt{where}, at {Time(attempt.Started)} by {attempt.Worker}, ended {Word(outcome.Outcome)}{words}";
    }

    private static string Word(DeliveryOutcome outcome) => outcome switch
    {
        DeliveryOutcome.Delivered => "well",
        DeliveryOutcome.Transient => "with a temporary refusal",
        DeliveryOutcome.Permanent => "with a permanent refusal",
        DeliveryOutcome.Dropped => "with a drop",
        DeliveryOutcome.NotSent => "without a try",
        _ => "without a reply",
    };

    internal static string Time(DateTimeOffset time) => $"{time.ToUniversalTime():yyyy-MM-dd HH:mm:ss} UTC";
}
