using Slimta.Storage;

namespace Slimta.Relay.Attempts;

/// <summary>A message under the operators' rules: the recipients to deliver to now, and the results for the others.</summary>
/// <param name="Rest">Null if no recipient is left to deliver to.</param>
internal readonly record struct RuledMail(DeliveryContext? Rest, IReadOnlyList<RecipientResult> Ruled)
{
    public static RuledMail Of(DeliveryContext context, RuleSet rules)
    {
        if (rules.IsEmpty)
            return new(context, []);
        var envelope = context.Message.Envelope;
        var (rest, ruled) = (new List<Recipient>(), new List<RecipientResult>());
        foreach (var recipient in envelope.Recipients)
        {
            if (rules.Find(envelope.Sender, recipient.Address) is { } rule)
                ruled.Add(By(rule, recipient));
            else
                rest.Add(recipient);
        }
        return ruled.Count == 0 ? new(context, []) : new(rest.Count == 0 ? null : new PartialDelivery(context, rest), ruled);
    }

    /// <summary>Messages that wait come back spread over an hour, not all at once: each look costs a claim.</summary>
    private static RecipientResult By(QueueRule rule, Recipient recipient) => rule.Action switch
    {
        RuleAction.Drop => new RecipientResult(recipient, DeliveryOutcome.Dropped) { Status = "2.0.0", Problem = $"Rule {rule.Id}: {rule}", Rule = rule },
        RuleAction.Hold => RecipientResults.NotTried(recipient, $"Rule {rule.Id}: {rule}") with { Rule = rule },
        _ => RecipientResults.NotTried(recipient, $"Rule {rule.Id}: {rule}", IQueueRules.LongestWait * (0.5 + (Random.Shared.NextDouble() / 2))) with { Rule = rule },
    };
}
