using Slimta.Storage.Redis;
using StackExchange.Redis;

namespace Slimta.Storage.Tests;

/// <summary>Messages that cannot be handed out are held, and block no others.</summary>
public abstract partial class StorageContract
{
    [Fact]
    public async Task A_message_of_which_its_relay_died_alone_is_held_with_that_reason()
    {
        var id = await Storage.WriteAsync(Mail.ToThree());
        for (var i = 0; i < 2; i++)
            await DeadConsumerAsync(TimeSpan.FromSeconds(1), maxHandOuts: 2);
        var consumer = NewStorage(o => o.MaxHandOuts = 2);
        var next = NextAsync(consumer);
        await HeldAsync();
        var healthy = await Storage.WriteAsync(Mail.ToThree());

        await using var entry = await next;

        Assert.Equal(healthy, entry.Id);
        var details = await Storage.InspectAsync(id);
        Assert.Equal(MessageState.Held, details.Listing.State);
        Assert.Contains("handed out 2 times", details.Listing.HoldReason, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_message_with_which_relays_died_waits_for_one_that_has_lived_longer()
    {
        var id = await Storage.WriteAsync(Mail.ToThree());
        await RawLeaseAsync(id, "0|4.2|");
        var (relay, time) = NewMortal(Brief);
        var next = NextAsync(relay);
        var due = await DueAsync(id);
        while (await DueAsync(id) == due)
            await Task.Delay(TimeSpan.FromMilliseconds(20), TimeProvider.System, Soon);
        Assert.Equal("0|4.2|", await RawLeaseAsync(id));

        // After two such trials, of 10 and 20 seconds, it begins where they were over.
        time.Pass(TimeSpan.FromSeconds(30));

        await using var entry = await next;
        Assert.Equal(id, entry.Id);
        await entry.SettleAsync(Settlement.Remove());
    }

    [Fact]
    public async Task A_relay_that_dies_without_a_suspect_takes_one_death_alone_back_from_each()
    {
        var (accused, suspect) = (await Storage.WriteAsync(Mail.ToThree(), TimeSpan.FromHours(1)), await Storage.WriteAsync(Mail.ToThree(), TimeSpan.FromHours(1)));
        await RawLeaseAsync(accused, "0|4.2|");
        await RawLeaseAsync(suspect, "0|2|");
        var other = await WriteBesideAsync(accused);
        await HoldAndDieAsync(1, Brief);

        await using var entry = await NextAsync();

        Assert.Equal(other, entry.Id);
        Assert.Equal(("0|4.1|", "0|2|"), (await RawLeaseAsync(accused), await RawLeaseAsync(suspect)));
    }

    [Fact]
    public async Task A_suspect_that_survives_its_trial_is_not_blamed_for_earlier_deaths()
    {
        var id = await Storage.WriteAsync(Mail.ToThree());
        await RawLeaseAsync(id, "0|2.1|");
        var (relay, time) = NewMortal(Brief);
        await using var entries = relay.WaitAsync(10, Soon).GetAsyncEnumerator();
        Assert.True(await entries.MoveNextAsync());
        var tried = entries.Current;
        var next = entries.MoveNextAsync();
        Assert.Contains("|2.1*|", await RawLeaseAsync(id), StringComparison.Ordinal);

        while ((await RawLeaseAsync(id))!.Contains('*'))
        {
            time.Pass(Trials.First);
            await Task.Delay(TimeSpan.FromMilliseconds(50), TimeProvider.System, Soon);
        }

        Assert.Contains("|2|", await RawLeaseAsync(id), StringComparison.Ordinal);
        await tried.SettleAsync(Settlement.Remove());
        await Storage.WriteAsync(Mail.ToThree());
        Assert.True(await next);
        await entries.Current.SettleAsync(Settlement.Remove());
    }

    [Fact]
    public async Task Giving_a_message_back_does_not_clear_its_strikes_and_a_counted_attempt_does()
    {
        var id = await Storage.WriteAsync(Mail.ToThree());
        await DeadConsumerAsync(TimeSpan.FromSeconds(1));
        await using (await NextAsync())
        {
            // Given back.
        }
        var strict = NewStorage(o => o.MaxHandOuts = 2);
        await using (var entry = await NextAsync(strict))
            await entry.SettleAsync(Settlement.Retry(Due.Now) with { Attempt = Mail.Attempt() });
        var stricter = NewStorage(o => o.MaxHandOuts = 1);
        await using (var entry = await NextAsync(stricter))
            Assert.Equal(id, entry.Id);
    }

    [Fact]
    public async Task A_message_written_by_a_newer_version_is_held_and_blocks_no_other()
    {
        var id = await Storage.WriteAsync(Mail.ToThree());
        await RawAsync(id, "meta", """{"v":2,"recipients":3,"size":10,"surprise":true}""");
        await Assert.ThrowsAsync<QueueFormatException>(() => Storage.GetAsync(id));
        var next = NextAsync();
        await HeldAsync();
        var healthy = await Storage.WriteAsync(Mail.ToThree());

        await using var entry = await next;

        Assert.Equal(healthy, entry.Id);
        Assert.Contains("newer version", (await Storage.InspectAsync(id)).Listing.HoldReason, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_message_whose_content_is_missing_is_held_and_blocks_no_other()
    {
        var id = await Storage.WriteAsync(Mail.ToThree());
        await RawAsync(id, "content", null);
        var next = NextAsync();
        await HeldAsync();
        var healthy = await Storage.WriteAsync(Mail.ToThree());

        await using var entry = await next;

        Assert.Equal(healthy, entry.Id);
        Assert.Contains("lost its content", (await Storage.InspectAsync(id)).Listing.HoldReason, StringComparison.Ordinal);
    }

    /// <summary>A message that is due, in the partition of another.</summary>
    private async Task<string> WriteBesideAsync(string id)
    {
        while (true)
        {
            var other = await Storage.WriteAsync(Mail.ToThree());
            if (Partition.IndexOf(other) == Partition.IndexOf(id))
                return other;
            await Storage.RemoveAsync(other);
        }
    }

    private async Task<double?> DueAsync(string id)
    {
        await using var connection = await ConnectionMultiplexer.ConnectAsync(server.Settings);
        return await connection.GetDatabase().SortedSetScoreAsync(new Partition(_prefix, Partition.IndexOf(id)!.Value).Schedule, id);
    }

    private async Task RawLeaseAsync(string id, string value)
    {
        await using var connection = await ConnectionMultiplexer.ConnectAsync(server.Settings);
        await connection.GetDatabase().HashSetAsync(new Partition(_prefix, Partition.IndexOf(id)!.Value).Leases, id, value);
    }

    private async Task<string?> RawLeaseAsync(string id)
    {
        await using var connection = await ConnectionMultiplexer.ConnectAsync(server.Settings);
        return await connection.GetDatabase().HashGetAsync(new Partition(_prefix, Partition.IndexOf(id)!.Value).Leases, id);
    }

    private async Task HeldAsync()
    {
        while ((await Storage.CountAsync(Soon)).Held == 0)
            await Task.Delay(TimeSpan.FromMilliseconds(20), TimeProvider.System, Soon);
    }
}
