namespace Slimta.Storage.Tests;

/// <summary>wait() and what it hands out.</summary>
public abstract partial class QueueContract
{
    [Fact]
    public async Task Wait_hands_out_a_waiting_message_with_its_content()
    {
        var id = await Queue.WriteAsync(Mail.ToThree());

        await using var entry = await NextAsync();

        Assert.Equal(id, entry.Id);
        Assert.Equal(Mail.Content, await entry.Message.Envelope.Content.ToArrayAsync());
        Assert.True(entry.Lease.IsLive);
    }

    [Fact]
    public async Task A_message_is_not_handed_out_before_its_time_and_earlier_ones_come_first()
    {
        var late = await Queue.WriteAsync(Mail.ToThree(), TimeSpan.FromSeconds(1));
        var early = await Queue.WriteAsync(Mail.ToThree(), TimeSpan.FromSeconds(0.5));
        var now = await Queue.WriteAsync(Mail.ToThree());

        var entries = await NextAsync(3);

        Assert.Equal([now, early, late], entries.Select(e => e.Id));
        Assert.All(entries, e => Assert.True(e.Lease.Until > e.Timestamp));
    }

    [Fact]
    public async Task Two_consumers_never_hold_the_same_message()
    {
        var other = NewQueue();
        var written = await Task.WhenAll(Enumerable.Range(0, 60).Select(_ => Queue.WriteAsync(Mail.ToThree())));

        var handed = await Task.WhenAll(NextAsync(30), NextAsync(30, other));

        Assert.Equal(written.Order(), handed.SelectMany(e => e).Select(e => e.Id).Order());
    }

    [Fact]
    public async Task Disposing_an_entry_that_was_not_settled_gives_the_message_back_without_counting_an_attempt()
    {
        await Queue.WriteAsync(Mail.ToThree());
        var entry = await NextAsync();
        await entry.DisposeAsync();
        await entry.DisposeAsync();

        await using var again = await NextAsync(NewQueue());

        Assert.Equal(entry.Id, again.Id);
        Assert.Equal(0, again.Message.Attempts);
        Assert.False(entry.Lease.IsLive);
    }

    [Fact]
    public async Task The_operations_of_python_slimta_work_under_a_lease()
    {
        var id = await Queue.WriteAsync(Mail.ToThree());
        await using var entry = await NextAsync();

        await Queue.SetRecipientsDeliveredAsync(id, [1], entry.Lease);
        Assert.Equal(1, await Queue.IncrementAttemptsAsync(id, entry.Lease));
        await Queue.SetTimestampAsync(id, Due.Now, entry.Lease);
        Assert.False(entry.Lease.IsLive);

        await using var again = await NextAsync();
        Assert.Equal(1, again.Message.Attempts);
        Assert.Equal([0, 2], again.Message.Envelope.Recipients.Select(r => r.Index));
        await Queue.RemoveAsync(id, again.Lease);
        await AssertNothingIsLeftAsync();
    }

    [Fact]
    public async Task What_a_body_that_threw_did_not_settle_is_handed_out_again_at_once()
    {
        var id = await Queue.WriteAsync(Mail.ToThree());

        await Assert.ThrowsAsync<InvalidOperationException>(async () =>
        {
            await foreach (var entry in Queue.WaitAsync(1, Soon))
            {
                await using (entry)
                    throw new InvalidOperationException("delivery broke");
            }
        });

        await using var again = await NextAsync(NewQueue());
        Assert.Equal((id, 0), (again.Id, again.Message.Attempts));
    }

    [Fact]
    public async Task A_body_that_goes_on_without_settling_gives_the_message_back()
    {
        await Queue.WriteAsync(Mail.ToThree());
        var times = 0;
        await foreach (var entry in Queue.WaitAsync(1, Soon))
        {
            await using (entry)
            {
                if (++times < 3)
                    continue;
                await entry.SettleAsync(Settlement.Remove());
            }
            break;
        }
        await AssertNothingIsLeftAsync();
    }

    [Fact]
    public async Task Entries_go_to_other_tasks_and_are_settled_there()
    {
        var written = await Task.WhenAll(Enumerable.Range(0, 40).Select(_ => Queue.WriteAsync(Mail.ToThree())));
        var settled = new System.Collections.Concurrent.ConcurrentBag<string>();
        using var done = CancellationTokenSource.CreateLinkedTokenSource(Soon);
        var options = new ParallelOptions { MaxDegreeOfParallelism = 5, CancellationToken = done.Token };

        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => Parallel.ForEachAsync(Queue.WaitAsync(8, done.Token), options, async (entry, _) =>
        {
            await using (entry)
                await entry.SettleAsync(Settlement.Remove(), CancellationToken.None);
            settled.Add(entry.Id);
            if (settled.Count == written.Length)
                await done.CancelAsync();
        }));

        Assert.Equal(written.Order(), settled.Order());
        await AssertNothingIsLeftAsync();
    }

    [Fact]
    public async Task What_only_waits_leaves_its_place_to_another()
    {
        await Task.WhenAll(Enumerable.Range(0, 2).Select(_ => Queue.WriteAsync(Mail.ToThree())));
        await using var consumer = Queue.WaitAsync(1, Soon).GetAsyncEnumerator();
        Assert.True(await consumer.MoveNextAsync());
        await using var first = consumer.Current;
        var next = consumer.MoveNextAsync();
        Assert.False(next.IsCompleted);

        first.Lease.MakeRoom();

        Assert.True(await next);
        await using var second = consumer.Current;
        Assert.NotEqual(first.Id, second.Id);
        Assert.True(first.Lease.IsLive);
    }

    [Fact]
    public async Task A_lease_that_was_given_back_changes_nothing_any_more()
    {
        var id = await Queue.WriteAsync(Mail.ToThree());
        var stale = await NextAsync();
        await stale.ReleaseAsync();
        await using var entry = await NextAsync(NewQueue());

        await Assert.ThrowsAsync<LeaseLostException>(() => Queue.RemoveAsync(id, stale.Lease));
        await Assert.ThrowsAsync<LeaseLostException>(() => Queue.SetTimestampAsync(id, Due.Now, stale.Lease));
        await Assert.ThrowsAsync<LeaseLostException>(() => Queue.IncrementAttemptsAsync(id, stale.Lease));
        await Assert.ThrowsAsync<LeaseLostException>(() => stale.MarkAsync([0]));
        await Assert.ThrowsAsync<LeaseLostException>(() => stale.ReleaseAsync());
        await Assert.ThrowsAsync<LeaseLostException>(() => stale.SettleAsync(Settlement.Remove()));
        await stale.DisposeAsync();

        Assert.False(stale.Lease.IsLive);
        Assert.True(entry.Lease.IsLive);
        var message = await Queue.GetAsync(id);
        Assert.Equal((0, 3), (message.Attempts, message.Envelope.Recipients.Count));
    }
}
