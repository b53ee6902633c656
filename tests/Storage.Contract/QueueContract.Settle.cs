namespace Slimta.Storage.Tests;

/// <summary>The end of an attempt, and writing with a key.</summary>
public abstract partial class QueueContract
{
    [Fact]
    public async Task A_bounce_is_there_when_its_original_is_gone()
    {
        var id = await Queue.WriteAsync(Mail.ToThree());
        await using var entry = await NextAsync();

        await entry.SettleAsync(Settlement.Remove() with { NewMessages = [new NewMessage(Mail.To("sender@example.com") with { Sender = "" })] });

        var left = Assert.Single(await LoadedAsync());
        Assert.NotEqual(id, left);
        await using var bounce = await NextAsync();
        await Queue.RemoveAsync(bounce.Id, bounce.Lease);
        await AssertNothingIsLeftAsync();
    }

    [Fact]
    public async Task A_settlement_with_an_index_out_of_range_changes_nothing_and_keeps_the_lease()
    {
        var id = await Queue.WriteAsync(Mail.ToThree());
        await using var entry = await NextAsync();

        await Assert.ThrowsAsync<ArgumentOutOfRangeException>(() => entry.SettleAsync(Settlement.Remove() with { Completed = [3], NewMessages = [new NewMessage(Mail.ToThree())] }));

        Assert.True(entry.Lease.IsLive);
        Assert.Equal([id], await LoadedAsync());
        await Queue.RemoveAsync(id, entry.Lease);
    }

    [Fact]
    public async Task A_large_bounce_is_written_with_the_settlement_and_comes_back_whole()
    {
        await Queue.WriteAsync(Mail.ToThree());
        await using var entry = await NextAsync();
        var content = Mail.Bytes(600_000);

        var settled = await entry.SettleAsync(Settlement.Remove() with
        {
            NewMessages = [new NewMessage(Mail.To("sender@example.com") with { Sender = "", Content = content })],
        });

        await using var bounce = await NextAsync();
        Assert.Equal(Assert.Single(settled.NewIds), bounce.Id);
        Assert.Equal(content, await bounce.Message.Envelope.Content.ToArrayAsync());
        await Queue.RemoveAsync(bounce.Id, bounce.Lease);
        await AssertNothingIsLeftAsync();
    }

    [Fact]
    public async Task The_same_idempotency_key_again_stores_nothing_and_tells_the_first_id()
    {
        var options = new WriteOptions { IdempotencyKey = "order 4711" };
        var first = await Queue.WriteAsync(Mail.ToThree(), options: options);

        var ids = await Task.WhenAll(Enumerable.Range(0, 20).Select(_ => NewQueue().WriteAsync(Mail.ToThree(), options: options)));

        Assert.All(ids, id => Assert.Equal(first, id));
        Assert.Single(await LoadedAsync());

        await Queue.RemoveAsync(first);
        Assert.Equal(first, await Queue.WriteAsync(Mail.ToThree(), options: options));
        Assert.Empty(await LoadedAsync());
    }

    [Fact]
    public async Task The_same_key_with_other_content_is_an_error_and_stores_nothing()
    {
        var options = new WriteOptions { IdempotencyKey = "key" };
        var id = await Queue.WriteAsync(Mail.ToThree(), options: options);

        var error = await Assert.ThrowsAsync<IdempotencyConflictException>(
            () => Queue.WriteAsync(Mail.ToThree() with { Content = new byte[] { 1 } }, options: options));
        await Assert.ThrowsAsync<IdempotencyConflictException>(() => Queue.WriteAsync(Mail.To("x@example.org"), options: options));

        Assert.Equal(id, error.ExistingId);
        Assert.Single(await LoadedAsync());
    }

    [Fact]
    public async Task A_callers_own_fingerprint_decides_what_is_the_same_message()
    {
        var options = new WriteOptions { IdempotencyKey = "key", Fingerprint = "f1" };
        var id = await Queue.WriteAsync(Mail.ToThree(), options: options);

        Assert.Equal(id, await Queue.WriteAsync(Mail.ToThree() with { Content = new byte[] { 1 } }, options: options));
        await Assert.ThrowsAsync<IdempotencyConflictException>(
            () => Queue.WriteAsync(Mail.ToThree(), options: options with { Fingerprint = "f2" }));
    }

    [Fact]
    public async Task A_settlement_marks_counts_notes_reschedules_and_writes_in_one_step()
    {
        var id = await Queue.WriteAsync(Mail.ToThree());
        await using var entry = await NextAsync();
        await entry.MarkAsync([1]);
        Assert.True(entry.Lease.IsLive);

        var settled = await entry.SettleAsync(Settlement.Retry(TimeSpan.FromHours(1)) with
        {
            Completed = [0],
            Note = "delayed",
            Attempt = Mail.Attempt(),
            NewMessages = [new NewMessage(Mail.To("sender@example.com") with { Sender = "" })],
        });

        Assert.Equal(1, settled.Attempts);
        Assert.False(entry.Lease.IsLive);
        var message = await Queue.GetAsync(id);
        Assert.Equal((1, "delayed", 3), (message.Attempts, message.Note, message.RecipientCount));
        Assert.Equal(2, Assert.Single(message.Envelope.Recipients).Index);
        await using var bounce = await NextAsync();
        Assert.Equal((Assert.Single(settled.NewIds), ""), (bounce.Id, bounce.Message.Envelope.Sender));
    }

    [Fact]
    public async Task A_message_that_a_settlement_holds_stays_and_waits_for_no_attempt()
    {
        var id = await Queue.WriteAsync(Mail.ToThree());
        await using (var entry = await NextAsync())
            await entry.SettleAsync(Settlement.Hold("outcome unknown") with { Attempt = Mail.Attempt() });

        Assert.Empty(await LoadedAsync());
        Assert.Equal(1, (await Queue.GetAsync(id)).Attempts);
    }
}
