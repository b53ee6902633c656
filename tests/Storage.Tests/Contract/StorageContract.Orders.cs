namespace Slimta.Storage.Tests;

/// <summary>What operators order.</summary>
public abstract partial class StorageContract
{
    [Fact]
    public async Task A_bounce_is_handed_to_a_relay_at_once_with_its_text()
    {
        var later = await Storage.WriteAsync(Mail.ToThree(), TimeSpan.FromHours(1));
        var held = await Storage.WriteAsync(Mail.ToThree(), TimeSpan.FromHours(1));
        await Storage.HoldAsync(held, "why");

        await Storage.OrderAsync(later, OperatorOrder.Bounce("first"));
        await Storage.OrderAsync(held, OperatorOrder.Bounce("second"));

        Assert.Equal("first", (await Storage.InspectAsync(later)).Listing.Message!.BounceText);
        var entries = await NextAsync(2);
        Assert.Equal([(later, "first"), (held, "second")], entries.Select(e => (e.Id, e.Message.BounceText)).OrderBy(e => e.BounceText));
        foreach (var entry in entries)
            await Storage.RemoveAsync(entry.Id, entry.Lease);
        await AssertNothingIsLeftAsync();
    }

    [Fact]
    public async Task An_order_of_a_kind_that_is_not_known_changes_nothing()
    {
        var id = await Storage.WriteAsync(Mail.ToThree(), TimeSpan.FromHours(1));
        await Assert.ThrowsAsync<ArgumentOutOfRangeException>(() => Storage.OrderAsync(id, OperatorOrder.Of((OrderKind)99, "", null, null)));
        Assert.Equal(MessageState.Scheduled, (await Storage.InspectAsync(id)).Listing.State);
    }

    [Fact]
    public async Task A_route_stays_with_the_message_until_it_is_taken_back()
    {
        var later = await Storage.WriteAsync(Mail.ToThree(), TimeSpan.FromHours(1));
        var held = await Storage.WriteAsync(Mail.ToThree(), TimeSpan.FromHours(1));
        await Storage.HoldAsync(held, "why");
        var filter = new MessageFilter { Recipient = Mail.ToThree().Recipients[0].Address };

        Assert.Equal(2, (await Storage.OrderAsync(filter, OperatorOrder.Route("backup"), dryRun: false)).Done);
        Assert.Equal(0, (await Storage.OrderAsync(filter, OperatorOrder.Route("backup"), dryRun: true)).Done);

        Assert.Equal((MessageState.Due, "backup"), ((await Storage.InspectAsync(held)).Listing.State, (await Storage.InspectAsync(held)).Listing.Message!.Route));
        var entries = await NextAsync(2);
        Assert.Equal(["backup", "backup"], entries.Select(entry => entry.Message.Route));
        foreach (var entry in entries)
            await entry.SettleAsync(Settlement.Retry(TimeSpan.FromHours(1)));
        await Storage.OrderAsync(later, OperatorOrder.Retry);
        Assert.Equal("backup", (await Storage.GetAsync(later)).Route);
        await Storage.OrderAsync(held, OperatorOrder.Route(null));
        Assert.Null((await Storage.GetAsync(held)).Route);
        foreach (var entry in await NextAsync(2))
            await Storage.RemoveAsync(entry.Id, entry.Lease);
        await AssertNothingIsLeftAsync();
    }

    [Theory]
    [InlineData(OrderKind.Retry)]
    [InlineData(OrderKind.Reschedule)]
    [InlineData(OrderKind.Route)]
    [InlineData(OrderKind.Hold)]
    public async Task Of_an_operators_orders_the_last_counts(OrderKind kind)
    {
        var id = await Storage.WriteAsync(Mail.ToThree());
        await Storage.OrderAsync(id, OperatorOrder.Bounce("no"));

        await Storage.OrderAsync(id, kind switch
        {
            OrderKind.Retry => OperatorOrder.Retry,
            OrderKind.Hold => OperatorOrder.Hold("wait"),
            OrderKind.Route => OperatorOrder.Route("backup"),
            _ => OperatorOrder.Reschedule(TimeProvider.System.GetUtcNow().AddHours(1)),
        });

        Assert.Null((await Storage.InspectAsync(id)).Listing.Message!.BounceText);
    }

    [Fact]
    public async Task Orders_on_one_message_say_why_they_cannot_be_done()
    {
        var held = await Storage.WriteAsync(Mail.ToThree());
        await Storage.OrderAsync(held, OperatorOrder.Hold("why"));
        await Assert.ThrowsAsync<MessageHeldException>(() => Storage.OrderAsync(held, OperatorOrder.Retry));
        await Assert.ThrowsAsync<MessageHeldException>(() => Storage.OrderAsync(held, OperatorOrder.Hold("again")));
        await Assert.ThrowsAsync<MessageHeldException>(() => Storage.OrderAsync(held, OperatorOrder.Reschedule(TimeProvider.System.GetUtcNow())));
        await Storage.WriteAsync(Mail.ToThree());
        await using var entry = await NextAsync();
        foreach (var order in EveryOrder.Where(order => order.Kind != OrderKind.Release))
            await Assert.ThrowsAsync<MessageLeasedException>(() => Storage.OrderAsync(entry.Id, order));
        foreach (var order in EveryOrder)
            await Assert.ThrowsAsync<MessageNotFoundException>(() => Storage.OrderAsync("0-nosuch", order));
        Assert.True(entry.Lease.IsLive);
    }

    [Theory]
    [InlineData(OrderKind.Retry, "due 21, scheduled 0, held 10")]
    [InlineData(OrderKind.Reschedule, "due 0, scheduled 21, held 10")]
    [InlineData(OrderKind.Hold, "due 0, scheduled 0, held 31")]
    [InlineData(OrderKind.Release, "due 21, scheduled 10, held 0")]
    [InlineData(OrderKind.Bounce, "due 31, scheduled 0, held 0")]
    [InlineData(OrderKind.Route, "due 31, scheduled 0, held 0")]
    [InlineData(OrderKind.Drop, "due 0, scheduled 0, held 0")]
    public async Task An_order_on_all_that_match_does_what_its_dry_run_counted_and_leaves_what_is_delivered(OrderKind kind, string left)
    {
        var leased = await Storage.WriteAsync(Mail.To("leased@here.test"));
        await using var entry = await NextAsync();
        await Storage.WriteAsync(Mail.To("a@elsewhere.test"), TimeSpan.FromHours(2));
        await Task.WhenAll(Enumerable.Range(0, 11).Select(_ => Storage.WriteAsync(Mail.To("a@here.test"))));
        await Task.WhenAll(Enumerable.Range(0, 10).Select(_ => Storage.WriteAsync(Mail.To("a@here.test"), TimeSpan.FromHours(1))));
        var held = await Task.WhenAll(Enumerable.Range(0, 10).Select(_ => Storage.WriteAsync(Mail.To("a@here.test"))));
        await Task.WhenAll(held.Select(id => Storage.HoldAsync(id, "why")));
        var order = EveryOrder.Single(order => order.Kind == kind);
        var filter = new MessageFilter { Domain = "here.test" };
        var before = await Storage.CountAsync();

        var counted = await SumAsync(filter, order, dryRun: true);
        Assert.Equal(before with { OldestDue = null }, await Storage.CountAsync() with { OldestDue = null });
        var done = await SumAsync(filter, order, dryRun: false);

        Assert.Equal(counted, done);
        Assert.Equal(kind == OrderKind.Release ? 0 : 1, done.Delivering);
        var after = await Storage.CountAsync();
        // One waits for elsewhere.
        Assert.Equal(left, $"due {after.Due}, scheduled {after.Scheduled - 1}, held {after.Held}");
        Assert.Equal(0, (await SumAsync(filter, order, dryRun: kind == OrderKind.Bounce || kind == OrderKind.Reschedule)).Done);
        Assert.True(entry.Lease.IsLive);
        await Storage.RemoveAsync(leased, entry.Lease);
    }

    [Fact]
    public async Task An_order_that_means_nothing_for_the_state_of_its_filter_is_refused()
    {
        var error = await Assert.ThrowsAsync<ArgumentException>(() => Storage.OrderAsync(new MessageFilter { State = MessageState.Held }, OperatorOrder.Retry, true));
        Assert.Contains("retry does not apply to messages that are held: the state must be scheduled, or left out.", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_large_order_goes_on_by_its_cursor_and_does_each_message_once()
    {
        await Task.WhenAll(Enumerable.Range(0, 2300).Select(i => Storage.WriteAsync(Mail.To("a@b.test"), TimeSpan.FromHours(1 + (i % 3)))));

        var first = await Storage.OrderAsync(new(), OperatorOrder.Hold("all"), false);
        Assert.Equal(1000, first.Done);
        var second = await Storage.OrderAsync(new(), OperatorOrder.Hold("all"), false, first.Cursor);
        var third = await Storage.OrderAsync(new(), OperatorOrder.Hold("all"), false, second.Cursor);

        Assert.Equal((1000, 300, null), (second.Done, third.Done, third.Cursor));
        Assert.Equal(2300, (await Storage.CountAsync()).Held);
    }

    private static IReadOnlyList<OperatorOrder> EveryOrder { get; } =
    [
        OperatorOrder.Retry, OperatorOrder.Reschedule(TimeProvider.System.GetUtcNow().AddHours(3)), OperatorOrder.Hold("look"),
        OperatorOrder.Release(), OperatorOrder.Bounce("no"), OperatorOrder.Route("backup"), OperatorOrder.Drop,
    ];

    private async Task<(int Done, int Delivering)> SumAsync(MessageFilter filter, OperatorOrder order, bool dryRun)
    {
        var (done, delivering, cursor) = (0, 0, (string?)null);
        do
        {
            var page = await Storage.OrderAsync(filter, order, dryRun, cursor);
            Assert.Empty(page.Failed);
            Assert.Null(page.Problem);
            (done, delivering, cursor) = (done + page.Done, delivering + page.Delivering, page.Cursor);
        }
        while (cursor is not null);
        return (done, delivering);
    }
}
