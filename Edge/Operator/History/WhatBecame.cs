using Slimta.Storage;

namespace Slimta.Edge.Operator;

/// <summary>What became of a message: a sentence for each recipient.</summary>
internal static class WhatBecame
{
    public static WhyView Tell(EndedMessage ended) => new(ended.Id, EndedLine.Word(ended.Outcome),
        ended.Message is null ? [new(null, $"It ended at {WhyNot.Time(ended.Ended)}. {ended.Problem}")]
        : [.. ended.Recipients.Select(r => new RecipientWhy(r.Recipient.Address, Sentence(ended, r)))]);

    private static string Sentence(EndedMessage ended, EndedRecipient recipient)
    {
        var at = WhyNot.Time(ended.Ended);
        // No server said it: the relay did, in the operator's words.
        if (recipient is { Outcome: EndOutcome.Bounced, Last: { Host: null } ordered } && ended is { Outcome: EndOutcome.Bounced, By: { } author })
            return $"Bounced at {at} by order of {author}: {ordered.Reply?.TrimEnd('.')}.";
        var why = (ended.By is { } by ? $" by {by}" : "") + (ended.Reason is { } reason ? $": {reason.TrimEnd('.')}" : "");
        var sentence = recipient.Outcome switch
        {
            EndOutcome.Delivered => "Delivered.",
            EndOutcome.Dropped => $"Dropped at {at}{why}.",
            _ => $"Failed permanently; the message ended at {at}{why}.",
        };
        return recipient.Last is { } last && WhyNot.LastOf(ended.Attempts, last.Index) is { } said ? $"{sentence} {WhyNot.Said(said)}" : sentence;
    }
}
