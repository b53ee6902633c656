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
        return new()
        {
            Outcome = OutcomeOf(Get("outcome"), errors),
            Sender = OperatorFilter.Text(Get("sender") is "<>" ? "" : Get("sender"), "sender", errors, mayBeEmpty: true),
            Recipient = OperatorFilter.Text(Get("recipient"), "recipient", errors),
            Domain = OperatorFilter.Text(Get("domain"), "domain", errors),
            Subject = OperatorFilter.Text(Get("subject"), "subject", errors),
            MessageId = OperatorFilter.Text(Get("messageId"), "messageId", errors),
            Id = OperatorFilter.Text(Get("id"), "id", errors),
            OlderThan = OperatorFilter.Age(Get("olderThan"), "olderThan", errors),
            YoungerThan = OperatorFilter.Age(Get("youngerThan"), "youngerThan", errors),
        };
    }

    private static EndOutcome? OutcomeOf(string? text, FieldErrors errors)
    {
        if (text is null)
            return null;
        if (Enum.TryParse<EndOutcome>(text, ignoreCase: true, out var outcome) && text.Length > 0 && char.IsAsciiLetter(text[0]) && Enum.IsDefined(outcome))
            return outcome;
        errors.Add("outcome", $"'{OperatorFilter.Shown(text)}' is no outcome; the outcomes are {Outcomes}.");
        return null;
    }
}
