using StackExchange.Redis;

namespace Slimta.Storage.Tests;

/// <summary>Attempt records have bounds, and weigh.</summary>
public abstract partial class StorageContract
{
    private const int MostRecord = 64 * 1024;
    private const int MostRecords = 256 * 1024;

    private static readonly string LongReply = string.Join("\r\n", Enumerable.Range(0, 700).Select(i => $"550-{i} {new string('x', 80)}"));

    [Fact]
    public async Task A_reply_that_many_recipients_got_stands_once_and_cut()
    {
        var outcomes = Enumerable.Range(0, 1000).Select(i => new RecipientOutcome(i, DeliveryOutcome.Permanent) { Reply = LongReply, Host = "mx.example.org" });

        var (id, sizes) = await AttemptAsync([.. outcomes]);

        Assert.InRange(Assert.Single(sizes), 1024, 2048);
        var record = Assert.Single((await Storage.InspectAsync(id)).Attempts);
        Assert.Equal(Enumerable.Range(0, 1000), record.Recipients.Select(r => r.Index));
        Assert.All(record.Recipients, r => Assert.Equal((LongReply[..1024] + "…", "mx.example.org", DeliveryOutcome.Permanent), (r.Reply, r.Host, r.Outcome)));
    }

    [Fact]
    public async Task A_record_of_many_different_replies_fits_and_has_every_outcome()
    {
        var outcomes = Enumerable.Range(0, 1000).Select(i => new RecipientOutcome(i, (DeliveryOutcome)(i % 3)) { Reply = $"{i} {LongReply}", Host = $"mx{i}.{new string('h', 60)}.example.org" });

        var (id, sizes) = await AttemptAsync([.. outcomes]);

        Assert.InRange(Assert.Single(sizes), 1, MostRecord);
        var record = Assert.Single((await Storage.InspectAsync(id)).Attempts);
        Assert.Equal(Enumerable.Range(0, 1000).Select(i => (i, (DeliveryOutcome)(i % 3))), record.Recipients.Select(r => (r.Index, r.Outcome)));
    }

    [Fact]
    public async Task A_reply_is_cut_between_characters()
    {
        var (id, _) = await AttemptAsync([new RecipientOutcome(0, DeliveryOutcome.Transient) { Reply = new string('a', 1023) + "😀 later" }]);

        var record = Assert.Single((await Storage.InspectAsync(id)).Attempts);
        Assert.Equal(new string('a', 1023) + "…", Assert.Single(record.Recipients).Reply);
    }

    [Fact]
    public async Task The_records_of_a_message_are_bounded_count_as_bytes_and_go_with_it()
    {
        var id = "";
        List<long> sizes = [];
        for (var attempt = 0; attempt < 8; attempt++)
        {
            var outcomes = Enumerable.Range(0, 50).Select(i => new RecipientOutcome(i, DeliveryOutcome.Transient) { Reply = $"{attempt} {i} {LongReply}" });
            (id, sizes) = await AttemptAsync([.. outcomes], write: attempt == 0, worker: $"relay-{attempt}");
        }

        Assert.InRange(sizes.Sum(), MostRecords - 2 * MostRecord, MostRecords);
        Assert.Equal(Mail.Content.Length + sizes.Sum(), (await Storage.CountAsync()).Bytes);
        var details = await Storage.InspectAsync(id);
        Assert.Equal(8, details.Listing.Message!.Attempts);
        Assert.Equal(Enumerable.Range(8 - sizes.Count, sizes.Count).Select(i => $"relay-{i}"), details.Attempts.Select(a => a.Worker));
        await Storage.RemoveAsync(id);
        Assert.Equal(0, (await Storage.CountAsync()).Bytes);
    }

    [Fact]
    public async Task Records_take_room_from_new_mail()
    {
        var limited = NewStorage(o => (o.MaxBytes, o.Partitions) = (10_000, 1));
        var id = await limited.WriteAsync(Mail.ToThree());
        await limited.WriteAsync(Mail.ToThree(), TimeSpan.FromHours(1));
        await using (var entry = await NextAsync(limited))
        {
            var outcomes = Enumerable.Range(0, 20).Select(i => new RecipientOutcome(i, DeliveryOutcome.Transient) { Reply = $"{i} {LongReply}" });
            await entry.SettleAsync(Settlement.Retry(TimeSpan.FromHours(1)) with { Attempt = Mail.Attempt([.. outcomes]) });
        }

        await Assert.ThrowsAsync<QueueFullException>(() => limited.WriteAsync(Mail.ToThree()));
        await limited.RemoveAsync(id);
        await limited.WriteAsync(Mail.ToThree(), TimeSpan.FromHours(1));
    }

    [Fact]
    public async Task A_report_that_is_too_large_changes_nothing_and_its_message_can_be_held()
    {
        var storage = NewStorage(o => o.MaxMessageBytes = 1000);
        var id = await storage.WriteAsync(Mail.ToThree());
        await using var entry = await NextAsync(storage);
        var report = new NewMessage(Mail.To("sender@example.com") with { Sender = "", Content = Mail.Bytes(1001) });

        await Assert.ThrowsAsync<MessageTooLargeException>(() => entry.SettleAsync(Settlement.Remove() with { Completed = [0, 1, 2], NewMessages = [report] }));

        Assert.True(entry.Lease.MaySettle);
        await entry.SettleAsync(Settlement.Hold("the report is too large") with { Completed = [0], Attempt = Mail.Attempt() });
        var listing = (await storage.InspectAsync(id)).Listing;
        Assert.Equal((MessageState.Held, "the report is too large", 1), (listing.State, listing.HoldReason, listing.Message!.Attempts));
        Assert.Equal(1, (await storage.CountAsync()).Total);
    }

    /// <summary>An attempt that failed for now, and how large the records of its message are then.</summary>
    private async Task<(string Id, List<long> Sizes)> AttemptAsync(RecipientOutcome[] outcomes, bool write = true, string worker = "relay-1")
    {
        if (write)
            await Storage.WriteAsync(Mail.ToThree());
        await using var entry = await NextAsync();
        await entry.SettleAsync(Settlement.Retry(Due.Now) with { Attempt = Mail.Attempt(outcomes) with { Worker = worker } });
        await using var connection = await ConnectionMultiplexer.ConnectAsync(server.Settings);
        var records = await connection.GetDatabase().ListRangeAsync(HomeOf(entry.Id).Attempts(entry.Id));
        return (entry.Id, [.. records.Select(record => record.Length())]);
    }
}
