namespace Slimta.Storage.Tests;

/// <summary>The end of an attempt, and writing with a key.</summary>
public abstract partial class StorageContract
{
    [Fact]
    public async Task Settle_does_all_of_it_at_once()
    {
        var id = await Storage.WriteAsync(Mail.ToThree());
        await using var entry = await NextAsync();

        var settled = await entry.SettleAsync(Settlement.Retry(TimeSpan.FromHours(1)) with
        {
            Completed = [0, 2],
            Note = "delayed",
            Attempt = Mail.Attempt(
                new RecipientOutcome(0, DeliveryOutcome.Delivered) { Reply = "250 2.0.0 ok", Host = "mx.example.org", Address = "192.0.2.9:25", Tls = "Tls13" },
                new RecipientOutcome(1, DeliveryOutcome.Transient) { Reply = "451 4.7.1 later" }),
            NewMessages = [new NewMessage(Mail.To("sender@example.com") with { Sender = "" })],
        });

        Assert.Equal(1, settled.Attempts);
        Assert.False(entry.Lease.IsLive);
        var message = await Storage.GetAsync(id);
        Assert.Equal((1, "delayed"), (message.Attempts, message.Note));
        Assert.Equal(1, Assert.Single(message.Envelope.Recipients).Index);
        var record = Assert.Single((await Storage.InspectAsync(id)).Attempts);
        Assert.Equal(("relay-1", TimeSpan.FromSeconds(1.5)), (record.Worker, record.Duration));
        Assert.Equal(["250 2.0.0 ok", "451 4.7.1 later"], record.Recipients.Select(r => r.Reply));
        Assert.Equal([DeliveryOutcome.Delivered, DeliveryOutcome.Transient], record.Recipients.Select(r => r.Outcome));

        await using var bounce = await NextAsync();
        Assert.Equal(Assert.Single(settled.NewIds), bounce.Id);
        Assert.Equal("", bounce.Message.Envelope.Sender);
    }

    [Fact]
    public async Task A_settlement_can_hold_the_message()
    {
        await Storage.WriteAsync(Mail.ToThree());
        await using var entry = await NextAsync();

        await entry.SettleAsync(Settlement.Hold("outcome unknown") with { Attempt = Mail.Attempt() });

        var listing = (await Storage.InspectAsync(entry.Id)).Listing;
        Assert.Equal((MessageState.Held, "outcome unknown", 1), (listing.State, listing.HoldReason, listing.Message!.Attempts));
        Assert.Empty(await LoadedAsync());
    }

    [Fact]
    public async Task The_last_fifty_attempts_are_kept()
    {
        var id = await Storage.WriteAsync(Mail.ToThree());
        for (var i = 1; i <= 52; i++)
        {
            await using var entry = await NextAsync();
            await entry.SettleAsync(Settlement.Retry(Due.Now) with { Attempt = Mail.Attempt() with { Worker = $"relay-{i}" } });
        }

        var details = await Storage.InspectAsync(id);
        Assert.Equal(52, details.Listing.Message!.Attempts);
        Assert.Equal(Enumerable.Range(3, 50).Select(i => $"relay-{i}"), details.Attempts.Select(a => a.Worker));
    }

    [Fact]
    public async Task An_idempotency_key_is_forgotten_after_its_window()
    {
        var storage = NewStorage(o => o.IdempotencyWindow = TimeSpan.FromSeconds(1));
        var options = new WriteOptions { IdempotencyKey = "key" };
        var first = await storage.WriteAsync(Mail.ToThree(), options: options);

        string again;
        do
        {
            again = await storage.WriteAsync(Mail.ToThree(), options: options, cancellationToken: Soon);
        }
        while (again == first);
        Assert.Equal(2, (await LoadedAsync()).Count);
    }
}
