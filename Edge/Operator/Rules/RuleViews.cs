using Slimta.Storage;

namespace Slimta.Edge.Operator;

internal sealed record RuleList(IReadOnlyList<RuleView> Rules);

/// <param name="Domain">Of the recipients; absent for all.</param>
/// <param name="Sender">Absent for all; "" for the null sender of bounces.</param>
/// <param name="Expires">Absent if it lasts until it is removed.</param>
/// <param name="Says">The rule in a sentence.</param>
internal sealed record RuleView(
    string Id, string Action, string? Domain, string? Sender, string Author, string Reason, DateTimeOffset Created, DateTimeOffset? Expires, string Says)
{
    /// <summary>In the answer to a new rule: which other one does the same.</summary>
    public string? Note { get; init; }

    public static RuleView Of(QueueRule rule) =>
        new(rule.Id, Word(rule.Action), rule.Domain, rule.Sender, rule.Author, rule.Reason, rule.Created, rule.Expires, $"{rule}");

    public static RuleView? OfAny(QueueRule? rule) => rule is null ? null : Of(rule);

    public static string Word(RuleAction action) => action.ToString().ToLowerInvariant();
}
