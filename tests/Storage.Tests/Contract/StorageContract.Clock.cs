namespace Slimta.Storage.Tests;

/// <summary>The server's clock is set.</summary>
public abstract partial class StorageContract
{
    [Fact]
    public async Task What_is_being_delivered_stays_its_relays_when_the_clock_is_set_forward()
    {
        var holder = NewStorage();
        var ids = await Task.WhenAll(Enumerable.Range(0, 6).Select(_ => Storage.WriteAsync(Mail.ToThree())));
        var held = await NextAsync(6, holder);

        await StepClockAsync(TimeSpan.FromHours(1));

        var healthy = await Storage.WriteAsync(Mail.ToThree());
        await using var entry = await NextAsync(NewStorage());
        Assert.Equal(healthy, entry.Id);
        foreach (var mine in held)
            await mine.SettleAsync(Settlement.Remove());
        Assert.Equal(ids.Order(), held.Select(e => e.Id).Order());
    }

    [Fact]
    public async Task What_was_deferred_waits_no_longer_when_the_clock_is_set_back()
    {
        var consumer = NewStorage();
        // To one partition: an order is promised within one only.
        var writer = NewStorage(o => o.Partitions = 1);
        var next = NextAsync(2, consumer);
        var id = await writer.WriteAsync(Mail.ToThree(), TimeSpan.FromSeconds(4));
        // The consumer knows of it: the queue has seen the time.
        while (!await HasSeenTimeAsync())
            await Task.Delay(TimeSpan.FromMilliseconds(20), TimeProvider.System, Soon);

        await StepClockAsync(TimeSpan.FromHours(-1));

        // And what is written from now on is not lost in the past either.
        var later = await writer.WriteAsync(Mail.ToThree(), TimeSpan.FromSeconds(5));
        Assert.Equal([id, later], (await next).Select(e => e.Id));
    }

    [Fact]
    public async Task A_clock_that_was_wrong_for_a_while_leaves_nothing_behind()
    {
        var holder = NewStorage();
        await Storage.WriteAsync(Mail.ToThree());
        await using var held = await NextAsync(holder);

        await StepClockAsync(TimeSpan.FromHours(-1));
        var first = await Storage.WriteAsync(Mail.ToThree());
        await using (var entry = await NextAsync(NewStorage()))
            Assert.Equal(first, entry.Id);
        await StepClockAsync(TimeSpan.FromHours(1));
        var second = await Storage.WriteAsync(Mail.ToThree());
        await using (var entry = await NextAsync(NewStorage()))
            Assert.True(entry.Timestamp - TimeProvider.System.GetUtcNow() < TimeSpan.FromMinutes(1), $"the queue is at {entry.Timestamp}");
        await holder.RemoveAsync(held.Id, held.Lease);
        Assert.NotEqual(first, second);
    }

    [Fact]
    public async Task A_lease_of_a_damaged_time_lasts_as_long_as_any_when_the_clock_was_set_back()
    {
        var holder = NewStorage();
        await Storage.WriteAsync(Mail.ToThree());
        await using var held = await NextAsync(holder);
        await StepClockAsync(TimeSpan.FromHours(-1));
        await LuaAsync("redis.call('ZADD', KEYS[1], 'inf', ARGV[1])", HomeOf(held.Id).Schedule, held.Id);

        await Storage.SweepAsync(Soon);

        Assert.Equal(MessageState.Leased, (await Storage.InspectAsync(held.Id)).Listing.State);
        await holder.RemoveAsync(held.Id, held.Lease);
    }

    private async Task<bool> HasSeenTimeAsync()
    {
        await using var connection = await StackExchange.Redis.ConnectionMultiplexer.ConnectAsync(server.Settings);
        foreach (var partition in Enumerable.Range(0, server.Partitions).Select(i => new Redis.Partition(_prefix, i)))
        {
            if (await connection.GetDatabase().HashExistsAsync(partition.State, "seen"))
                return true;
        }
        return false;
    }
}
