namespace Slimta.Storage;

/// <summary>Selects ended messages: all conditions must hold. Addresses and domains are compared as in <see cref="MessageFilter"/>.</summary>
public sealed record HistoryFilter
{
    /// <summary>How the message ended; with <see cref="Recipient"/> or <see cref="Domain"/>, how it ended for that recipient.</summary>
    public EndOutcome? Outcome { get; init; }

    /// <summary>The whole address; "@example.com" for every sender of a domain; "" for the null sender of bounces.</summary>
    public string? Sender { get; init; }

    /// <summary>The whole address of a recipient, delivered or not.</summary>
    public string? Recipient { get; init; }

    /// <summary>The domain of a recipient; "*.example.com" for the names below it.</summary>
    public string? Domain { get; init; }

    /// <summary>Words that all stand in the subject, in any order, also as parts of words.</summary>
    public string? Subject { get; init; }

    /// <summary>The header's Message-ID, with or without its angle brackets.</summary>
    public string? MessageId { get; init; }

    public string? Id { get; init; }

    /// <summary>Ended at least this long ago.</summary>
    public TimeSpan? OlderThan { get; init; }

    /// <summary>Ended less than this long ago.</summary>
    public TimeSpan? YoungerThan { get; init; }

    /// <summary>True if the entry itself matches; the caller checks its age and id.</summary>
    internal bool Matches(EndedMessage ended)
    {
        if (Sender is { } sender && (ended.Message is not { } message || !MessageFilter.IsFrom(message.Sender, sender)))
            return false;
        if (Subject is { } words && !MessageFilter.Contains(ended.Message?.Subject, words))
            return false;
        if (MessageId is { } messageId && !MessageFilter.IsMessageId(ended.Message?.MessageId, messageId))
            return false;
        if (Recipient is null && Domain is null)
            return Outcome is null || Outcome == ended.Outcome;
        return RecipientsOf(ended).Any();
    }

    /// <summary>The recipients that <see cref="Recipient"/> and <see cref="Domain"/> find in a message; none where the filter has neither.</summary>
    public IEnumerable<EndedRecipient> RecipientsOf(EndedMessage ended)
    {
        ArgumentNullException.ThrowIfNull(ended);
        return Recipient is null && Domain is null ? [] : ended.Recipients.Where(r => (Outcome is null || Outcome == r.Outcome)
            && (Recipient is null || MessageFilter.IsAddress(r.Recipient.Address, Recipient))
            && (Domain is null || MessageFilter.IsDomain(r.Recipient.Address, Domain)));
    }
}
