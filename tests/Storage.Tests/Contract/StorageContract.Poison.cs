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

    private async Task HeldAsync()
    {
        while ((await Storage.CountAsync(Soon)).Held == 0)
            await Task.Delay(TimeSpan.FromMilliseconds(20), TimeProvider.System, Soon);
    }
}
