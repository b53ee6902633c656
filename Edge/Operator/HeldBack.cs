using Slimta.Storage;

namespace Slimta.Edge.Operator;

/// <summary>Finds rules that keep back mail that an operator has just made due: the order is done, but the mail stays.</summary>
internal static class HeldBack
{
    /// <summary>Null if nothing keeps it back.</summary>
    public static async Task<string?> OneAsync(string id, OrderKind kind, IQueueOperator queue, IQueueRules rules, CancellationToken cancellationToken)
    {
        if (!MakesDue(kind))
            return null;
        var standing = await rules.ReadAsync(cancellationToken);
        if (standing.Rules.Count == 0)
            return null;
        if (standing.QueuePause is { } all)
            return Stays(all, "It");
        try
        {
            var message = (await queue.InspectAsync(id, cancellationToken)).Listing.Message;
            var keeping = message?.Pending.Select(recipient => standing.Find(message.Sender, recipient.Address)).OfType<QueueRule>().Distinct().ToList() ?? [];
            return keeping.Count == 0 ? null : string.Join(" ", keeping.Select(rule => Stays(rule, "It")));
        }
        catch (KeyNotFoundException)
        {
            // A relay was quick.
            return null;
        }
    }

    /// <summary>For all that match a filter; null if no rule is known to keep them back.</summary>
    public static async Task<string?> ManyAsync(MessageFilter filter, OrderKind kind, IQueueRules rules, CancellationToken cancellationToken)
    {
        if (!MakesDue(kind))
            return null;
        var standing = await rules.ReadAsync(cancellationToken);
        if (standing.QueuePause is { } all)
            return Stays(all, "Matching mail");
        if (filter.Domain is { } domain && standing.PauseOf(domain.ToLowerInvariant()) is { } its)
            return Stays(its, "Matching mail");
        var pauses = standing.Rules.Count(rule => rule.Action == RuleAction.Pause);
        return pauses == 0 ? null : $"{(pauses == 1 ? "1 pause is" : $"{pauses} pauses are")} in force: mail that a pause matches stays until it ends.";
    }

    private static bool MakesDue(OrderKind kind) => kind is OrderKind.Retry or OrderKind.Release or OrderKind.Reschedule or OrderKind.Route;

    private static string Stays(QueueRule rule, string what) => rule.Action switch
    {
        RuleAction.Pause => $"{what} stays until rule {rule.Id} ends: {rule}.",
        RuleAction.Hold => $"{what} is put on hold when it is due, by rule {rule.Id}: {rule}.",
        _ => $"{what} is dropped when it is due, by rule {rule.Id}: {rule}.",
    };
}
