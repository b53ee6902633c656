using Slimta.Storage.Redis;

namespace Slimta.Storage.Tests;

/// <summary>What operators ask for.</summary>
public abstract partial class StorageContract
{
    [Fact]
    public async Task Messages_are_found_by_state_sender_recipient_domain_id_and_age()
    {
        var plain = await Storage.WriteAsync(Mail.To("ann@example.org") with { Received = TimeProvider.System.GetUtcNow() });
        var old = await Storage.WriteAsync(Mail.To("bob@Sub.Example.NET", "ann@other.test") with { Received = TimeProvider.System.GetUtcNow().AddDays(-3) });
        var later = await Storage.WriteAsync(Mail.To("c@bücher.example") with { Sender = "", Received = TimeProvider.System.GetUtcNow() }, TimeSpan.FromHours(1));
        var held = await Storage.WriteAsync(Mail.To("ann@example.org") with { Received = TimeProvider.System.GetUtcNow() });
        await Storage.HoldAsync(held, "look");

        await FindsAsync(new(), plain, old, later, held);
        await FindsAsync(new() { State = MessageState.Due }, plain, old);
        await FindsAsync(new() { State = MessageState.Scheduled }, later);
        await FindsAsync(new() { State = MessageState.Held }, held);
        await FindsAsync(new() { State = MessageState.Leased });
        await FindsAsync(new() { Sender = "SENDER@example.COM" }, plain, old, held);
        await FindsAsync(new() { Sender = "@example.com" }, plain, old, held);
        await FindsAsync(new() { Sender = "" }, later);
        await FindsAsync(new() { Recipient = "Ann@EXAMPLE.org" }, plain, held);
        await FindsAsync(new() { Domain = "example.org", State = MessageState.Due }, plain);
        await FindsAsync(new() { Domain = "sub.example.net" }, old);
        await FindsAsync(new() { Domain = "*.example.net" }, old);
        await FindsAsync(new() { Domain = "example.net" });
        await FindsAsync(new() { Domain = "xn--bcher-kva.example" }, later);
        await FindsAsync(new() { OlderThan = TimeSpan.FromDays(2) }, old);
        await FindsAsync(new() { YoungerThan = TimeSpan.FromDays(2) }, plain, later, held);
        await FindsAsync(new() { Id = held }, held);
        await FindsAsync(new() { Id = held, State = MessageState.Due });
        await FindsAsync(new() { Id = "no id" });
    }

    [Fact]
    public async Task Messages_are_found_by_words_of_the_subject_by_message_id_and_by_the_last_error()
    {
        var order = await Storage.WriteAsync(Mail.To("a@b.test") with { Subject = "Your order 7 is on its way", MessageId = "7@shop.test" });
        var letter = await Storage.WriteAsync(Mail.To("a@b.test") with { Subject = "Grüße aus München", MessageId = "8@shop.test" });
        var plain = await Storage.WriteAsync(Mail.To("a@b.test"));
        var failed = await Storage.WriteAsync(Mail.ToThree() with { Subject = "order" });
        await using (var entry = await NextUntilAsync(failed))
        {
            await entry.SettleAsync(Settlement.Retry(TimeSpan.FromHours(1)) with
            {
                Completed = [0],
                Attempt = Mail.Attempt(new(0, DeliveryOutcome.Delivered) { Reply = "250 thanks" }, new(1, DeliveryOutcome.Transient) { Reply = "451 4.7.1 Greylisted" }, new(2, DeliveryOutcome.NotSent)),
            });
        }

        await FindsAsync(new() { Subject = "ORDER" }, order, failed);
        await FindsAsync(new() { Subject = "7 order" }, order);
        await FindsAsync(new() { Subject = "GRÜSSE" });
        await FindsAsync(new() { Subject = "münch" }, letter);
        await FindsAsync(new() { MessageId = "7@shop.test" }, order);
        await FindsAsync(new() { MessageId = "<8@SHOP.test>" }, letter);
        await FindsAsync(new() { MessageId = "shop.test" });
        await FindsAsync(new() { LastError = "greylist" }, failed);
        await FindsAsync(new() { LastError = "451", Id = failed }, failed);
        await FindsAsync(new() { LastError = "250" });
        await FindsAsync(new() { Id = plain }, plain);
        var read = await Storage.GetAsync(letter, Soon);
        Assert.Equal(("Grüße aus München", "8@shop.test"), (read.Envelope.Subject, read.Envelope.MessageId));
    }

    private async Task<QueueEntry> NextUntilAsync(string id)
    {
        var entries = await NextAsync(4);
        foreach (var other in entries.Where(entry => entry.Id != id))
            await other.DisposeAsync();
        return entries.Single(entry => entry.Id == id);
    }

    [Fact]
    public async Task A_message_is_found_by_a_recipient_that_is_done_with_only_where_that_is_asked_for()
    {
        var id = await Storage.WriteAsync(Mail.To("a@done.test", "b@waits.test"));
        await Storage.SetRecipientsDeliveredAsync(id, [0]);

        await FindsAsync(new() { Domain = "waits.test" }, id);
        await FindsAsync(new() { Domain = "done.test" });
        await FindsAsync(new() { Recipient = "a@done.test" });

        await FindsAsync(new() { Recipient = "a@done.test", RecipientState = RecipientState.Completed }, id);
        await FindsAsync(new() { Recipient = "b@waits.test", RecipientState = RecipientState.Completed });
        await FindsAsync(new() { Domain = "waits.test", RecipientState = RecipientState.Any }, id);
        await FindsAsync(new() { Domain = "done.test", RecipientState = RecipientState.Any }, id);
        await FindsAsync(new() { RecipientState = RecipientState.Completed }, id);
        Assert.True(new MessageFilter { RecipientState = RecipientState.Completed }.IsEmpty);
    }

    /// <summary>An edge of the version before may have begun a job; its filter had no state of recipients.</summary>
    [Fact]
    public async Task A_cursor_of_the_version_before_goes_on()
    {
        const string Before = "MessageFilter { State = , Sender = , Recipient = , Domain = b.test, Id = , OlderThan = , YoungerThan = , Subject = , MessageId = , LastError = , IsEmpty = False } True ";
        var id = await Storage.WriteAsync(Mail.To("a@b.test"));
        var page = await Storage.FindAsync(new() { Domain = "b.test" }, 10, new FindPosition(Held: false, 0, "").ToCursor(Before));
        Assert.Equal(id, Assert.Single(page.Messages).Id);
    }

    [Fact]
    public async Task Leased_messages_are_found_with_who_delivers_them()
    {
        await Storage.WriteAsync(Mail.ToThree());
        await using var entry = await NextAsync(NewStorage(o => o.Owner = "relay-7"));
        await Storage.WriteAsync(Mail.ToThree(), TimeSpan.FromHours(1));
        await Storage.WriteAsync(Mail.ToThree());

        var found = Assert.Single((await Storage.FindAsync(new() { State = MessageState.Leased })).Messages);

        Assert.Equal((entry.Id, "relay-7"), (found.Id, found.LeaseOwner));
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task Pages_give_each_message_once_in_order_of_time_though_many_share_it(bool held)
    {
        var due = TimeProvider.System.GetUtcNow().AddDays(1);
        var written = await Task.WhenAll(Enumerable.Range(0, 300).Select(i => Storage.WriteAsync(Mail.ToThree(), due.AddSeconds(i / 100))));
        if (held)
            await Task.WhenAll(written.Select(id => Storage.HoldAsync(id, "why")));

        var found = await AllAsync(new() { State = held ? MessageState.Held : MessageState.Scheduled }, 7);

        Assert.Equal(written.Order(), found.Select(f => f.Id).Order());
        Assert.Equal(found.Select(f => f.Timestamp).Order(), found.Select(f => f.Timestamp));
    }

    [Fact]
    public async Task A_page_goes_on_where_the_last_ended_though_that_message_has_gone()
    {
        var due = TimeProvider.System.GetUtcNow().AddDays(1);
        var written = await Task.WhenAll(Enumerable.Range(0, 40).Select(_ => Storage.WriteAsync(Mail.ToThree(), due)));
        var first = await Storage.FindAsync(new(), 10);
        foreach (var gone in first.Messages)
            await Storage.RemoveAsync(gone.Id);

        var rest = await AllAsync(new(), 10, first.Cursor);

        Assert.Equal(written.Order(), first.Messages.Concat(rest).Select(m => m.Id).Order());
    }

    /// <summary>More than one read gives, and what was read last is not there any more.</summary>
    [Fact]
    public async Task Of_many_with_one_time_each_is_given_once_though_those_before_it_go_meanwhile()
    {
        var due = TimeProvider.System.GetUtcNow().AddDays(1);
        var written = await Task.WhenAll(Enumerable.Range(0, 1100).Select(_ => Storage.WriteAsync(Mail.ToThree(), due)));
        var (found, loaded, cursor) = (new List<string>(), new List<string>(), (string?)null);
        do
        {
            var page = await Storage.FindAsync(new(), 100, cursor);
            found.AddRange(page.Messages.Select(message => message.Id));
            cursor = page.Cursor;
            if (found.Count == 300)
                await Task.WhenAll(found.Select(id => Storage.RemoveAsync(id)));
        }
        while (cursor is not null);
        await foreach (var (_, id) in Storage.LoadAsync())
        {
            loaded.Add(id);
            if (loaded.Count % 250 == 0)
                await Task.WhenAll(loaded[^250..].Select(one => Storage.RemoveAsync(one)));
        }

        Assert.Equal(written.Order(), found.Order());
        Assert.Equal(written.Except(found[..300]).Order(), loaded.Order());
    }

    [Fact]
    public async Task A_cursor_of_another_query_is_refused()
    {
        await Storage.WriteAsync(Mail.ToThree());
        await Storage.WriteAsync(Mail.ToThree());
        var cursor = (await Storage.FindAsync(new() { State = MessageState.Due }, 1)).Cursor!;

        await Storage.FindAsync(new() { State = MessageState.Due }, 1, cursor);
        await Assert.ThrowsAsync<InvalidCursorException>(() => Storage.FindAsync(new(), 1, cursor));
        var ofAll = (await Storage.FindAsync(new(), 1)).Cursor!;
        await Assert.ThrowsAsync<InvalidCursorException>(() => Storage.FindAsync(new() { Sender = "" }, 1, ofAll));
        await Assert.ThrowsAsync<InvalidCursorException>(() => Storage.FindAsync(new() { State = MessageState.Due }, 1, "rubbish!"));
        await Assert.ThrowsAsync<InvalidCursorException>(() => Storage.FindAsync(new() { State = MessageState.Due }, 1, cursor[..^6]));
        await Assert.ThrowsAsync<InvalidCursorException>(() => Storage.OrderAsync(new MessageFilter { State = MessageState.Due }, OperatorOrder.Drop, true, cursor));
        Assert.Equal(2, (await LoadedAsync()).Count);
    }

    [Fact]
    public async Task A_look_for_what_is_rare_ends_early_and_says_where_to_go_on()
    {
        await Task.WhenAll(Enumerable.Range(0, 5200).Select(i => Storage.WriteAsync(i == 5100 ? Mail.To("Rare@rare.test") with { Received = TimeProvider.System.GetUtcNow(), Subject = "found", MessageId = "1@x.test" } : Mail.To("a@b.test"),
            TimeProvider.System.GetUtcNow().AddDays(1).AddSeconds(i))));

        var first = await Storage.FindAsync(new() { YoungerThan = TimeSpan.FromDays(1) });
        var second = await Storage.FindAsync(new() { YoungerThan = TimeSpan.FromDays(1) }, cursor: first.Cursor);

        Assert.Empty(first.Messages);
        var rare = Assert.Single(second.Messages);
        Assert.Equal("Rare@rare.test", Assert.Single(rare.Message!.Recipients).Address);
        Assert.Null(second.Cursor);
        // Where there is text to look for, a call goes further, as far as a moment lasts.
        foreach (var filter in new MessageFilter[] { new() { Domain = "rare.test" }, new() { Recipient = "rare@RARE.test" }, new() { Subject = "FOUND" }, new() { MessageId = "<1@x.test>" } })
            Assert.Equal(rare.Id, Assert.Single(await AllAsync(filter, limit: 10)).Id);
    }

    [Fact]
    public async Task The_overview_counts_messages_by_the_domains_that_still_wait()
    {
        await Storage.WriteAsync(Mail.To("a@one.test", "b@ONE.test", "c@two.test"));
        var later = await Storage.WriteAsync(Mail.To("a@one.test"), TimeSpan.FromHours(1));
        var held = await Storage.WriteAsync(Mail.To("a@done.test", "b@two.test"));
        await Storage.SetRecipientsDeliveredAsync(held, [0]);
        await Storage.HoldAsync(held, "why");

        var all = await Storage.OverviewAsync();
        var part = await Storage.OverviewAsync(2);

        var oldest = Mail.ToThree().Received;
        Assert.Equal(
            [new("one.test", 1, 1, 0, 0, 2 * Mail.Content.Length, oldest), new("two.test", 1, 0, 0, 1, 2 * Mail.Content.Length, oldest)],
            all.Destinations);
        Assert.Equal((3, true), (all.Examined, all.IsComplete));
        // About two: one at least of each partition that has any.
        Assert.InRange(part.Examined, 2, 3);
        Assert.False(part.IsComplete);
        Assert.NotNull(later);
    }

    [Fact]
    public async Task The_overview_tells_the_last_error_of_the_message_that_was_tried_most()
    {
        await Storage.WriteAsync(Mail.To("a@one.test"), TimeSpan.FromHours(1));
        await Storage.WriteAsync(Mail.To("a@one.test", "b@two.test", "c@three.test"));
        await using (var entry = await NextAsync())
        {
            await entry.SettleAsync(Settlement.Retry(TimeSpan.FromHours(1)) with
            {
                Completed = [2],
                Attempt = Mail.Attempt(
                    new RecipientOutcome(0, DeliveryOutcome.Transient) { Reply = "450 4.7.1 greylisted" },
                    new RecipientOutcome(1, DeliveryOutcome.Transient) { Reply = "no route to two" },
                    new RecipientOutcome(2, DeliveryOutcome.Delivered) { Reply = "250 2.0.0 Ok" }),
            });
        }

        var overview = await Storage.OverviewAsync();

        Assert.Equal([("one.test", "450 4.7.1 greylisted"), ("two.test", "no route to two")], overview.Destinations.Select(d => (d.Domain, d.LastError)));
    }

    [Fact]
    public async Task The_overview_of_more_than_is_looked_at_reckons_the_destinations_of_the_whole_queue()
    {
        // Those for late.test are due last, and would not be met by a walk from the head.
        await Task.WhenAll(Enumerable.Range(0, 500).Select(i => Storage.WriteAsync(Mail.To("a@early.test"), TimeSpan.FromHours(1))));
        await Task.WhenAll(Enumerable.Range(0, 500).Select(i => Storage.WriteAsync(Mail.To("a@late.test"), TimeSpan.FromHours(2))));

        var part = await Storage.OverviewAsync(200);

        Assert.False(part.IsComplete);
        Assert.Equal(["early.test", "late.test"], part.Destinations.Select(d => d.Domain).Order());
        Assert.All(part.Destinations, destination =>
        {
            Assert.InRange(destination.Messages, 400, 600);
            Assert.Equal(destination.Messages, destination.Scheduled);
            Assert.Equal(Mail.Content.Length, destination.Bytes / (double)destination.Messages, 0.5);
        });
        Assert.InRange(part.Examined, 150, 250);
    }

    private async Task FindsAsync(MessageFilter filter, params string[] expected)
    {
        var page = await Storage.FindAsync(filter);
        Assert.Null(page.Cursor);
        Assert.Equal(expected.Order(), page.Messages.Select(m => m.Id).Order());
    }

    private async Task<List<QueueListing>> AllAsync(MessageFilter filter, int limit, string? cursor = null)
    {
        var found = new List<QueueListing>();
        do
        {
            var page = await Storage.FindAsync(filter, limit, cursor);
            found.AddRange(page.Messages);
            cursor = page.Cursor;
        }
        while (cursor is not null);
        return found;
    }
}
