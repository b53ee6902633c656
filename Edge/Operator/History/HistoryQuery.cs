using Slimta.Edge.Http;
using Slimta.Storage;

namespace Slimta.Edge.Operator;

/// <summary>A filter of ended messages as a query has it.</summary>
internal static class HistoryQuery
{
    public const string Names = "outcome, sender, recipient, domain, subject, messageId, id, olderThan, youngerThan";

    private static readonly string Outcomes = string.Join(", ", Enum.GetNames<EndOutcome>()).ToLowerInvariant();

    public static HistoryFilter Read(IQueryCollection query, FieldErrors errors)
    {
        OperatorFilter.CheckNames(query, errors, [.. Names.Split(", "), "limit", "cursor"]);
        string? Get(string name) => query.TryGetValue(name, out var value) ? value.ToString() : null;
        var filter = new HistoryFilter
        {
            Outcome = OutcomeOf(Get("outcome"), errors),
            Sender = FilterText.Sender(Get("sender"), "sender", errors),
            Recipient = FilterText.Recipient(Get("recipient"), "recipient", errors),
            Domain = FilterText.Domain(Get("domain"), "domain", errors),
            Subject = FilterText.Words(Get("subject"), "subject", errors),
            MessageId = FilterText.Words(Get("messageId"), "messageId", errors),
            Id = FilterText.Id(Get("id"), "id", errors),
            OlderThan = FilterText.Age(Get("olderThan"), "olderThan", errors),
            YoungerThan = FilterText.Age(Get("youngerThan"), "youngerThan", errors),
        };
        FilterText.CheckAges(filter.OlderThan, filter.YoungerThan, "youngerThan", errors);
        return filter;
    }

    private static EndOutcome? OutcomeOf(string? text, FieldErrors errors)
    {
        if (text is null)
            return null;
        if (FilterText.Word<EndOutcome>(text) is { } outcome)
            return outcome;
        errors.Add("outcome", $"'{FilterText.Shown(text)}' is no outcome; name one of {Outcomes}.");
        return null;
    }
}
