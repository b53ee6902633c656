namespace Slimta.Storage.Tests;

/// <summary>What operators do.</summary>
public abstract partial class StorageContract
{
    [Fact]
    public async Task Counts_tell_due_scheduled_leased_and_held_apart()
    {
        var ids = await Task.WhenAll(Enumerable.Range(0, 4).Select(_ => Storage.WriteAsync(Mail.ToThree())));
        await Storage.WriteAsync(Mail.ToThree(), TimeSpan.FromHours(1));
        await Storage.HoldAsync(ids[0], "why");
        await using var entry = await NextAsync();

        var counts = await Storage.CountAsync();

        Assert.Equal((2, 1, 1, 1), (counts.Due, counts.Scheduled, counts.Leased, counts.Held));
        Assert.Equal(5 * Mail.Content.Length, counts.Bytes);
        Assert.NotNull(counts.OldestDue);
    }

    [Fact]
    public async Task Browse_pages_through_all_partitions_in_order_of_time_with_the_metadata()
    {
        var due = new DateTimeOffset(2030, 1, 1, 0, 0, 0, TimeSpan.Zero);
        var written = new List<string>();
        for (var i = 0; i < 230; i++)
            written.Add(await Storage.WriteAsync(Mail.To($"r{i}@example.org"), due.AddSeconds(i)));

        var listed = new List<QueueListing>();
        await foreach (var listing in Storage.BrowseAsync())
            listed.Add(listing);

        Assert.Equal(written, listed.Select(l => l.Id));
        Assert.Equal(Enumerable.Range(0, 230).Select(i => $"r{i}@example.org"), listed.Select(l => Assert.Single(l.Message!.Recipients).Address));
        Assert.All(listed, l => Assert.Equal((MessageState.Scheduled, Mail.Content.Length), (l.State, (int)l.Message!.Size)));
    }

    [Fact]
    public async Task Browse_tells_who_is_delivering_and_why_a_message_is_held()
    {
        var id = await Storage.WriteAsync(Mail.ToThree());
        await using var entry = await NextAsync(NewStorage(o => o.Owner = "relay-7"));
        var held = await Storage.WriteAsync(Mail.ToThree());
        await Storage.HoldAsync(held, "look at this");

        var all = new List<QueueListing>();
        await foreach (var listing in Storage.BrowseAsync())
            all.Add(listing);

        Assert.Equal([(id, MessageState.Leased, "relay-7", null), (held, MessageState.Held, null, "look at this")],
            all.Select(l => (l.Id, l.State, l.LeaseOwner, l.HoldReason)));
        await foreach (var listing in Storage.BrowseAsync(MessageState.Held))
            Assert.Equal(held, listing.Id);
    }

    [Fact]
    public async Task A_held_message_waits_until_it_is_released()
    {
        var id = await Storage.WriteAsync(Mail.ToThree());
        await Storage.HoldAsync(id, "stop");
        var other = await Storage.WriteAsync(Mail.ToThree());
        await using (var entry = await NextAsync())
        {
            Assert.Equal(other, entry.Id);
            await Storage.RemoveAsync(other, entry.Lease);
        }
        await Assert.ThrowsAsync<MessageHeldException>(() => Storage.RetryNowAsync(id));
        await Assert.ThrowsAsync<MessageNotFoundException>(() => Storage.ReleaseHoldAsync(other));

        await Storage.ReleaseHoldAsync(id);

        await using var released = await NextAsync();
        Assert.Equal(id, released.Id);
        await Storage.RemoveAsync(id, released.Lease);
        await AssertNothingIsLeftAsync();
    }

    [Fact]
    public async Task A_held_message_can_be_removed()
    {
        var id = await Storage.WriteAsync(Mail.ToThree());
        await Storage.HoldAsync(id, "stop");

        await Storage.RemoveAsync(id);

        await AssertNothingIsLeftAsync();
    }

    [Fact]
    public async Task An_operator_asks_for_a_try_until_an_attempt_has_ended()
    {
        var id = await Storage.WriteAsync(Mail.ToThree());
        await using (var entry = await NextAsync())
        {
            Assert.Null(entry.Message.Asked);
            await entry.SettleAsync(Settlement.Retry(Due.After(TimeSpan.FromHours(1))));
        }
        foreach (var ask in new Func<Task>[]
        {
            () => Storage.RetryNowAsync(id),
            () => Storage.RetryAllNowAsync(),
            () => Storage.OrderAsync(id, OperatorOrder.Reschedule(TimeProvider.System.GetUtcNow())),
            () => Storage.OrderAsync(id, OperatorOrder.Route("backup")),
            async () =>
            {
                await Storage.HoldAsync(id, "why");
                await Storage.ReleaseHoldAsync(id, Due.Now);
            },
        })
        {
            var before = TimeProvider.System.GetUtcNow().AddMilliseconds(-1);
            await ask();
            await using (var entry = await NextAsync())
                await entry.ReleaseAsync();
            // Given back untouched, it still is.
            await using var again = await NextAsync();
            Assert.InRange(again.Message.Asked!.Value, before, TimeProvider.System.GetUtcNow());
            await again.SettleAsync(Settlement.Retry(Due.After(TimeSpan.FromHours(1))));
            Assert.Null((await Storage.GetAsync(id)).Asked);
        }
        await Storage.RemoveAsync(id);
        await AssertNothingIsLeftAsync();
    }

    [Fact]
    public async Task Retry_now_wakes_a_sleeping_consumer()
    {
        var id = await Storage.WriteAsync(Mail.ToThree(), TimeSpan.FromHours(1));
        var consumer = NewStorage(o => o.PollInterval = TimeSpan.FromMinutes(10));
        var next = NextAsync(consumer);

        await Storage.RetryNowAsync(id);

        await using var entry = await next;
        Assert.Equal(id, entry.Id);
    }

    [Fact]
    public async Task Retry_all_brings_forward_what_waits_and_leaves_alone_what_is_being_delivered()
    {
        var leased = await Storage.WriteAsync(Mail.ToThree());
        await using var entry = await NextAsync();
        var waiting = await Task.WhenAll(Enumerable.Range(0, 30).Select(_ => Storage.WriteAsync(Mail.ToThree(), TimeSpan.FromHours(1))));

        Assert.Equal(30, await Storage.RetryAllNowAsync());

        var counts = await Storage.CountAsync();
        Assert.Equal((30, 0, 1), (counts.Due, counts.Scheduled, counts.Leased));
        Assert.True(entry.Lease.IsLive);
        await Storage.RemoveAsync(leased, entry.Lease);
        Assert.Equal(waiting.Order(), (await NextAsync(30)).Select(e => e.Id).Order());
    }

    [Fact]
    public async Task A_message_that_is_being_delivered_says_so_and_stays_as_it_is()
    {
        var id = await Storage.WriteAsync(Mail.ToThree());
        await using var entry = await NextAsync(NewStorage(o => o.Owner = "relay-7"));

        var error = await Assert.ThrowsAsync<MessageLeasedException>(() => Storage.RemoveAsync(id));
        await Assert.ThrowsAsync<MessageLeasedException>(() => Storage.HoldAsync(id, "why"));
        await Assert.ThrowsAsync<MessageLeasedException>(() => Storage.RetryNowAsync(id));
        await Assert.ThrowsAsync<MessageLeasedException>(() => Storage.SetTimestampAsync(id, TimeSpan.FromHours(1)));
        await Assert.ThrowsAsync<MessageLeasedException>(() => Storage.IncrementAttemptsAsync(id));
        await Assert.ThrowsAsync<MessageLeasedException>(() => Storage.SetRecipientsDeliveredAsync(id, [0]));

        Assert.Equal("relay-7", error.Owner);
        Assert.Contains("being delivered by 'relay-7'", error.Message, StringComparison.Ordinal);
        var message = await Storage.GetAsync(id);
        Assert.Equal((0, 3), (message.Attempts, message.Envelope.Recipients.Count));
        Assert.True(entry.Lease.IsLive);
    }

    [Fact]
    public async Task A_dead_relays_message_can_be_taken_by_an_operator_once_its_lease_has_run_out()
    {
        var id = await Storage.WriteAsync(Mail.ToThree());
        var stale = await DeadConsumerAsync(TimeSpan.FromSeconds(1));
        while (true)
        {
            try
            {
                await Storage.HoldAsync(id, "its relay died");
                break;
            }
            catch (MessageLeasedException)
            {
                Soon.ThrowIfCancellationRequested();
            }
        }
        await Assert.ThrowsAsync<LeaseLostException>(() => Storage.RemoveAsync(id, stale));
        Assert.Equal(1, (await Storage.CountAsync()).Held);
    }

    [Fact]
    public async Task A_consumer_sees_partitions_that_another_process_writes_to()
    {
        var before = NewStorage(o => o.Partitions = 1);
        await before.CountAsync();
        var wider = NewStorage(o => o.Partitions = server.Partitions + 4);
        var written = await Task.WhenAll(Enumerable.Range(0, 40).Select(_ => wider.WriteAsync(Mail.ToThree())));

        var narrow = NewStorage(o => o.Partitions = 1);
        Assert.Equal(written.Order(), (await NextAsync(40, narrow)).Select(e => e.Id).Order());
    }
}
