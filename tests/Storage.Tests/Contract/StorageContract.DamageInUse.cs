namespace Slimta.Storage.Tests;

/// <summary>Damage to what is in a relay's hand, and to the queue's clock.</summary>
public abstract partial class StorageContract
{
    [Theory]
    [InlineData("redis.call('HSET', KEYS[1], 'meta', '{')")]
    [InlineData("redis.call('HDEL', KEYS[1], 'meta')")]
    [InlineData("redis.call('DEL', KEYS[1]) redis.call('RPUSH', KEYS[1], 'x')")]
    public async Task What_is_damaged_while_it_is_delivered_can_still_be_held_by_its_relay(string damage)
    {
        var id = await Storage.WriteAsync(Mail.ToThree());
        await using var entry = await NextAsync();
        await LuaAsync(damage, KeyOf(id));
        var outcome = new RecipientOutcome(0, DeliveryOutcome.Delivered) { Reply = "250 ok" };

        Assert.NotNull(await Record.ExceptionAsync(() => entry.SettleAsync(Settlement.Retry(Due.Now) with { Completed = [0], Attempt = Mail.Attempt(outcome), Note = "s" })));
        await entry.SettleAsync(Settlement.Hold("why") with { Completed = [0], Attempt = Mail.Attempt(outcome), Note = "s" });

        var listing = (await Storage.InspectAsync(id)).Listing;
        Assert.Equal((MessageState.Held, "why"), (listing.State, listing.HoldReason));
        Assert.NotNull(listing.Problem);
        await Storage.RemoveAsync(id);
        Assert.Equal(0, (await Storage.CountAsync()).Total);
    }

    [Fact]
    public async Task A_lease_that_ends_in_another_century_is_cut_to_one_that_can_be()
    {
        var id = await Storage.WriteAsync(Mail.ToThree());
        var storage = NewStorage(o => o.Lease = TimeSpan.FromSeconds(1));
        await LuaAsync("redis.call('ZADD', KEYS[1], 5e15, ARGV[1]) redis.call('HSET', KEYS[2], ARGV[1], '5|0|ghost#1')", [HomeOf(id).Schedule, HomeOf(id).Leases], id);
        Assert.Equal(0, await storage.RetryAllNowAsync());

        await storage.SweepAsync(Soon);

        await using var entry = await NextAsync(storage);
        Assert.Equal(id, entry.Id);
    }

    [Theory]
    [InlineData("seen", "9007199254740992")]
    [InlineData("seen", "8999999999999999")]
    [InlineData("seen", "abc")]
    [InlineData("offset", "9007199254740992")]
    [InlineData("offset", "3600000000")]
    [InlineData("offset", "-1")]
    public async Task A_damaged_clock_of_the_queue_is_the_servers_again(string field, string value)
    {
        await Storage.WriteAsync(Mail.ToThree());
        await using (var first = await NextAsync())
            await LuaAsync("redis.call('HSET', KEYS[1], ARGV[1], ARGV[2])", HomeOf(first.Id).State, field, value);

        var id = await Storage.WriteAsync(Mail.ToThree(), TimeSpan.FromHours(1));

        var listing = (await Storage.InspectAsync(id)).Listing;
        Assert.Equal(MessageState.Scheduled, listing.State);
        Assert.InRange(listing.Timestamp - TimeProvider.System.GetUtcNow(), TimeSpan.FromMinutes(58), TimeSpan.FromMinutes(62));
        await using var again = await NextAsync();
        Assert.NotEqual(id, again.Id);
    }
}
