namespace Slimta.Storage.Redis;

public sealed partial class RedisStorage
{
    private const int OverviewPage = 1000;

    public Task<MessagePage> FindAsync(MessageFilter filter, int limit = 100, string? cursor = null, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(filter);
        ArgumentOutOfRangeException.ThrowIfLessThan(limit, 1);
        return new MessageFinder(_server).FindAsync(filter, StatesOf(filter), limit, cursor, "", cancellationToken);
    }

    public async Task<QueueOverview> OverviewAsync(int most = 20_000, CancellationToken cancellationToken = default)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(most, 1);
        var (finder, filter, tally) = (new MessageFinder(_server), new MessageFilter(), new Dictionary<string, DestinationCounts>(StringComparer.Ordinal));
        var (examined, cursor) = (0, (string?)null);
        do
        {
            var page = await finder.FindAsync(filter, StatesOf(filter), Math.Min(OverviewPage, most - examined), cursor, "", cancellationToken);
            (examined, cursor) = (examined + page.Messages.Count, page.Cursor);
            foreach (var listing in page.Messages)
            {
                foreach (var domain in listing.Message?.Pending.Select(r => MessageFilter.DomainOf(r.Address)).Distinct() ?? [])
                    tally[domain] = Add(tally.GetValueOrDefault(domain) ?? new(domain, 0, 0, 0, 0, 0, DateTimeOffset.MaxValue), listing.State, listing.Message!);
            }
        }
        while (cursor is not null && examined < most);
        return new([.. tally.Values.OrderByDescending(d => d.Messages).ThenBy(d => d.Domain, StringComparer.Ordinal)], examined, cursor is null);
    }

    public Task OrderAsync(string id, OperatorOrder order, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(order);
        return order.Kind switch
        {
            OrderKind.Retry => RetryNowAsync(id, cancellationToken),
            OrderKind.Reschedule => ChangeAsync("reschedule", new(id, SettleAction.Retry) { Argument = order.Due.ToArgument() }, null, cancellationToken),
            OrderKind.Hold => HoldAsync(id, order.Text, cancellationToken),
            OrderKind.Release => ReleaseHoldAsync(id, order.Due, cancellationToken),
            OrderKind.Bounce => ChangeAsync("bounce", new(id, SettleAction.Bounce) { Argument = order.Text }, null, cancellationToken),
            _ => ChangeAsync("remove", new(id, SettleAction.Remove) { Outcome = EndOutcome.Dropped, By = order.By, Reason = order.Text is { Length: > 0 } why ? why : null },
                null, cancellationToken),
        };
    }

    public Task<OrderPage> OrderAsync(
        MessageFilter filter, OperatorOrder order, bool dryRun, string? cursor = null, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(filter);
        ArgumentNullException.ThrowIfNull(order);
        return new OrderWalk(new MessageFinder(_server), OrderAsync).RunAsync(filter, order, dryRun, cursor, cancellationToken);
    }

    private static MessageState[] StatesOf(MessageFilter filter) => filter.State is { } state ? [state] : Enum.GetValues<MessageState>();

    private static DestinationCounts Add(DestinationCounts counts, MessageState state, MessageMetadata message) => counts with
    {
        Due = counts.Due + (state == MessageState.Due ? 1 : 0),
        Scheduled = counts.Scheduled + (state == MessageState.Scheduled ? 1 : 0),
        Leased = counts.Leased + (state == MessageState.Leased ? 1 : 0),
        Held = counts.Held + (state == MessageState.Held ? 1 : 0),
        Bytes = counts.Bytes + message.Size,
        Oldest = message.Received < counts.Oldest ? message.Received : counts.Oldest,
    };
}
