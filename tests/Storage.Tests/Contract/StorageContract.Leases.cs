using Slimta.Storage.Redis;

namespace Slimta.Storage.Tests;

/// <summary>wait() and what it hands out.</summary>
public abstract partial class StorageContract
{
    [Fact]
    public async Task A_sleeping_consumer_is_woken_by_a_new_message_long_before_it_would_poll()
    {
        var consumer = NewStorage(o => o.PollInterval = TimeSpan.FromMinutes(10));
        var next = NextAsync(consumer);
        // It has found nothing and sleeps once a first message has come through.
        var first = await Storage.WriteAsync(Mail.ToThree());
        await using (var entry = await next)
            await consumer.RemoveAsync(first, entry.Lease);

        next = NextAsync(consumer);
        var second = await Storage.WriteAsync(Mail.ToThree());
        await using var woken = await next;
        Assert.Equal(second, woken.Id);
    }

    [Fact]
    public async Task A_missed_wake_up_costs_no_more_than_the_poll_interval()
    {
        var consumer = NewStorage(o => o.PollInterval = TimeSpan.FromMilliseconds(200));
        var next = NextAsync(consumer);

        // A writer whose wake-ups go nowhere.
        var mute = new WriteWithoutWakeUp(server.Settings, _prefix);
        var id = await mute.WriteAsync(Mail.ToThree());

        await using var entry = await next;
        Assert.Equal(id, entry.Id);
    }

    [Fact]
    public async Task A_consumer_is_given_no_more_than_it_can_take()
    {
        await Task.WhenAll(Enumerable.Range(0, 10).Select(_ => Storage.WriteAsync(Mail.ToThree())));
        var other = NewStorage();

        await using var consumer = Storage.WaitAsync(3, Soon).GetAsyncEnumerator();
        var held = new List<QueueEntry>();
        for (var i = 0; i < 3; i++)
        {
            Assert.True(await consumer.MoveNextAsync());
            held.Add(consumer.Current);
        }
        var fourth = consumer.MoveNextAsync();

        // The other seven are free for somebody else.
        var taken = await NextAsync(7, other);
        Assert.Equal(3, (await Storage.CountAsync()).Total - taken.Count);
        Assert.False(fourth.IsCompleted);

        await taken[0].ReleaseAsync();
        await Storage.RemoveAsync(held[0].Id, held[0].Lease);
        Assert.True(await fourth);
        Assert.Equal(taken[0].Id, consumer.Current.Id);
    }

    [Fact]
    public async Task Leaving_the_loop_gives_back_what_was_claimed_and_not_handed_out()
    {
        await Task.WhenAll(Enumerable.Range(0, 5).Select(_ => Storage.WriteAsync(Mail.ToThree())));
        await foreach (var entry in Storage.WaitAsync(5, Soon))
        {
            await entry.DisposeAsync();
            break;
        }

        var counts = await Storage.CountAsync();
        Assert.Equal((5, 0), (counts.Due, counts.Leased));
    }

    [Fact]
    public async Task An_entry_whose_body_threw_is_given_back_at_once()
    {
        var id = await Storage.WriteAsync(Mail.ToThree());
        var consumer = NewStorage();

        await Assert.ThrowsAsync<InvalidOperationException>(async () =>
        {
            await foreach (var entry in consumer.WaitAsync(1, Soon))
            {
                await using (entry)
                    throw new InvalidOperationException("delivery broke");
            }
        });

        Assert.Equal(1, (await Storage.CountAsync()).Due);
        Assert.Equal(id, Assert.Single(await LoadedAsync()));
    }

    [Fact]
    public async Task What_a_consumer_dropped_is_given_back_while_it_goes_on()
    {
        var id = await Storage.WriteAsync(Mail.ToThree());
        var careless = NewStorage();
        await Assert.ThrowsAsync<InvalidOperationException>(() => TakeAndThrowAsync(careless));

        var next = NextAsync(NewStorage());
        while (!next.IsCompleted)
        {
            GC.Collect();
            await Task.WhenAny(next, Task.Delay(TimeSpan.FromMilliseconds(50), TimeProvider.System, Soon));
        }

        await using var entry = await next;
        Assert.Equal((id, 0), (entry.Id, entry.Message.Attempts));
    }

    private async Task TakeAndThrowAsync(RedisStorage storage)
    {
        await foreach (var entry in storage.WaitAsync(2, Soon))
            throw new InvalidOperationException($"nothing settles {entry.Id}");
    }

    [Fact]
    public async Task What_its_consumer_works_on_is_not_taken_for_dropped()
    {
        await Storage.WriteAsync(Mail.ToThree());
        var lease = (await NextAsync(NewStorage(o => (o.Lease, o.HeartbeatTimeout) = (LongLease, TimeSpan.FromSeconds(3))))).Lease;

        // Some beats of the keeper go by.
        var first = await PresentUntilAsync(lease.Id);
        while (await PresentUntilAsync(lease.Id) < first + 2_000_000)
        {
            GC.Collect();
            await Task.Delay(TimeSpan.FromMilliseconds(50), TimeProvider.System, Soon);
        }

        Assert.True(lease.IsLive);
        Assert.Equal(1, (await Storage.CountAsync()).Leased);
        GC.KeepAlive(lease);
    }

    [Fact]
    public async Task Stopping_a_storage_gives_back_what_its_consumers_hold()
    {
        await Storage.WriteAsync(Mail.ToThree());
        var stopped = NewStorage();
        var entry = await NextAsync(stopped);

        await stopped.DisposeAsync();

        Assert.True(entry.Lease.Lost.IsCancellationRequested);
        Assert.Equal(1, (await Storage.CountAsync()).Due);
    }

    [Fact]
    public async Task A_dead_consumers_message_falls_due_again_when_its_lease_runs_out()
    {
        var id = await Storage.WriteAsync(Mail.ToThree());
        var dead = await DeadConsumerAsync(TimeSpan.FromSeconds(1));

        await using var entry = await NextAsync();

        Assert.Equal(id, entry.Id);
        Assert.Equal(dead.Until, entry.Timestamp);
    }

    [Fact]
    public async Task A_live_consumer_keeps_its_message_for_longer_than_a_lease()
    {
        var holder = NewStorage(o => o.Lease = TimeSpan.FromSeconds(3));
        var id = await Storage.WriteAsync(Mail.ToThree());
        await using var entry = await NextAsync(holder);
        var first = entry.Lease.Until;

        // Somebody waits for it all the while, until two leases would have run out.
        var other = NewStorage();
        using var enough = new CancellationTokenSource();
        var stolen = Task.Run(async () =>
        {
            await foreach (var taken in other.WaitAsync(1, enough.Token))
                return taken;
            return null;
        });
        while (entry.Lease.Until < first + TimeSpan.FromSeconds(6))
            await Task.Delay(TimeSpan.FromMilliseconds(50), TimeProvider.System, Soon);
        Assert.False(stolen.IsCompleted);
        await enough.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => stolen);
        await holder.RemoveAsync(id, entry.Lease);
    }

    [Fact]
    public async Task A_stale_lease_changes_nothing()
    {
        var id = await Storage.WriteAsync(Mail.ToThree());
        var stale = await DeadConsumerAsync(TimeSpan.FromSeconds(1));
        await using var entry = await NextAsync();

        await Assert.ThrowsAsync<LeaseLostException>(() => Storage.RemoveAsync(id, stale));
        await Assert.ThrowsAsync<LeaseLostException>(() => Storage.SetTimestampAsync(id, Due.Now, stale));
        await Assert.ThrowsAsync<LeaseLostException>(() => Storage.IncrementAttemptsAsync(id, stale));
        await Assert.ThrowsAsync<LeaseLostException>(() => Storage.SetRecipientsDeliveredAsync(id, [0], stale));
        await Assert.ThrowsAsync<LeaseLostException>(() => Storage.ReleaseAsync(stale));
        await Assert.ThrowsAsync<LeaseLostException>(() => Storage.SettleAsync(stale, Settlement.Remove()));

        Assert.False(stale.IsLive);
        Assert.True(stale.Lost.IsCancellationRequested);
        var message = await Storage.GetAsync(id);
        Assert.Equal((0, 3), (message.Attempts, message.Envelope.Recipients.Count));
        await Storage.RemoveAsync(id, entry.Lease);
    }

    [Fact]
    public async Task A_lease_that_was_not_renewed_runs_out_even_if_no_other_relay_took_the_message()
    {
        var id = await Storage.WriteAsync(Mail.ToThree());
        var stale = await DeadConsumerAsync(TimeSpan.FromSeconds(1));
        await using (await NextAsync())
        {
            // Taken and given back: the first lease's number is behind.
        }
        await Assert.ThrowsAsync<LeaseLostException>(() => Storage.RemoveAsync(id, stale));
    }

    /// <summary>A consumer that claims what is due and is never heard of again: no renewal, no release.</summary>
    private async Task<Lease> DeadConsumerAsync(TimeSpan length, int maxHandOuts = 1000)
    {
        while ((await Storage.CountAsync(Soon)).Due == 0)
            await Task.Delay(TimeSpan.FromMilliseconds(20), TimeProvider.System, Soon);
        // Its clock stands still, so it neither renews nor gives up.
        var storage = new RedisStorage(server.Settings,
            new QueueOptions { Prefix = _prefix, Partitions = server.Partitions, BodyConnections = 1, Lease = length, Owner = $"dead-{Guid.NewGuid():N}", MaxHandOuts = maxHandOuts },
            new Microsoft.Extensions.Time.Testing.FakeTimeProvider(DateTimeOffset.UnixEpoch.AddYears(56)));
        return (await NextAsync(storage)).Lease;
    }
}
