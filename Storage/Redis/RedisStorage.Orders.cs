namespace Slimta.Storage.Redis;

public sealed partial class RedisStorage
{
    public async Task<MessagePage> FindAsync(MessageFilter filter, int limit = 100, string? cursor = null, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(filter);
        ArgumentOutOfRangeException.ThrowIfLessThan(limit, 1);
        var finder = new MessageFinder(_server);
        return await finder.WithErrorsAsync(await finder.FindAsync(filter, StatesOf(filter), limit, cursor, "", cancellationToken), cancellationToken);
    }

    public Task<QueueOverview> OverviewAsync(int most = 20_000, CancellationToken cancellationToken = default)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(most, 1);
        return new DestinationTally(_server).RunAsync(most, cancellationToken);
    }

    public Task OrderAsync(string id, OperatorOrder order, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(order);
        var (name, change) = order.Kind switch
        {
            OrderKind.Retry => ("retry_now", new MessageChange(id, SettleAction.Retry) { Argument = Due.Now.ToArgument() }),
            OrderKind.Reschedule => ("reschedule", new(id, SettleAction.Retry) { Argument = order.Due.ToArgument() }),
            OrderKind.Hold => ("hold", new(id, SettleAction.Hold) { Argument = order.By is { } by ? $"{order.Text} (by {by})" : order.Text }),
            OrderKind.Release => ("release_hold", new(id, SettleAction.Unhold) { Argument = order.Due.ToArgument() }),
            OrderKind.Route => ("route", new(id, SettleAction.Route) { Argument = order.Text }),
            OrderKind.Bounce => ("bounce", new(id, SettleAction.Bounce) { Argument = order.Text, By = order.By }),
            OrderKind.Drop => ("remove", new(id, SettleAction.Remove) { Outcome = EndOutcome.Dropped, By = order.By, Reason = order.Text is { Length: > 0 } why ? why : null }),
            _ => throw new ArgumentOutOfRangeException(nameof(order), order.Kind, "No such order."),
        };
        return ChangeAsync(name, change with { Job = order.Job }, null, cancellationToken);
    }

    public Task<OrderPage> OrderAsync(
        MessageFilter filter, OperatorOrder order, bool dryRun, string? cursor = null, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(filter);
        ArgumentNullException.ThrowIfNull(order);
        return new OrderWalk(new MessageFinder(_server), OrderAsync).RunAsync(filter, order, dryRun, cursor, cancellationToken);
    }

    private static MessageState[] StatesOf(MessageFilter filter) => filter.State is { } state ? [state] : Enum.GetValues<MessageState>();
}
