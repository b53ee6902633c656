using Slimta.Storage;

namespace Slimta.Edge.Operator;

/// <summary>Finds what keeps back mail that an operator wants to be due: a rule, after an order that is done, or a hold, which this order does not end.</summary>
internal static class HeldBack
{
    /// <summary>So many are named one by one.</summary>
    private const int MostRules = 3;

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

    /// <summary>For all that match a filter; null if nothing is known to keep them back.</summary>
    public static async Task<string?> ManyAsync(MessageFilter filter, OrderKind kind, IQueueOperator queue, IQueueRules rules, CancellationToken cancellationToken)
    {
        if (!MakesDue(kind))
            return null;
        var notes = new List<string>();
        if (kind is OrderKind.Retry or OrderKind.Reschedule && filter.State is null)
        {
            var page = await queue.OrderAsync(filter, OperatorOrder.Release(), dryRun: true, null, cancellationToken);
            if (page.Done > 0)
                notes.Add($"{(page.Cursor is null ? "" : "At least ")}{(page.Done == 1 ? "1 message that matches is" : $"{page.Done} messages that match are")} on hold; this order leaves that so. Release puts {(page.Done == 1 ? "it" : "them")} back into the schedule.");
            else if (page.Cursor is not null)
                notes.Add("So much mail is on hold that it was not all looked at: some that matches may be among it, and this order leaves that on hold.");
        }
        var standing = await rules.ReadAsync(cancellationToken);
        var keeping = standing.QueuePause is { } all ? [all] : standing.For(filter).ToList();
        if (keeping.Count > MostRules)
            notes.Add($"{keeping.Count} rules may hold, pause or drop mail that matches: see GET /operator/rules.");
        else
            notes.AddRange(keeping.Select(rule => Stays(rule, rule.IsForAll ? "Matching mail" : "Mail that the rule matches")));
        return notes.Count == 0 ? null : string.Join(" ", notes);
    }

    private static bool MakesDue(OrderKind kind) => kind is OrderKind.Retry or OrderKind.Release or OrderKind.Reschedule or OrderKind.Route;

    private static string Stays(QueueRule rule, string what) => rule.Action switch
    {
        RuleAction.Pause => $"{what} stays until rule {rule.Id} ends: {rule}.",
        RuleAction.Hold => $"{what} is put on hold when it is due, by rule {rule.Id}: {rule}.",
        _ => $"{what} is dropped when it is due, by rule {rule.Id}: {rule}.",
    };
}
