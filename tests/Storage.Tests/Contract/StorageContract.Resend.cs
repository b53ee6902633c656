using Slimta.Storage.Redis;
using StackExchange.Redis;

namespace Slimta.Storage.Tests;

/// <summary>Content that is kept with what became of a message, and sending it again.</summary>
public abstract partial class StorageContract
{
    [Theory]
    [InlineData(100)]
    [InlineData(300_000)]
    public async Task A_bounced_message_whose_content_is_kept_can_be_sent_again_to_those_that_failed(int bytes)
    {
        var keeping = NewStorage(o => o.KeepContent = true);
        var envelope = Mail.ToThree() with { Content = Mail.Bytes(bytes) };
        var id = await keeping.WriteAsync(envelope);
        await EndAsync(Settlement.Remove() with { Completed = [0, 1, 2], Failed = [1], Attempt = Mail.Attempt(Taken, Refused, Taken with { Index = 2 }) }, keeping);
        await Assert.ThrowsAsync<KeyNotFoundException>(() => keeping.GetAsync(id));
        Assert.True((await EndedAsync(id)).ContentKept);
        Assert.Equal(0, (await Storage.CountAsync()).Bytes);

        var again = await keeping.ResendAsync(id);
        var repeated = await NewStorage().ResendAsync(id);
        var wanted = await keeping.ResendAsync(id, ["A@example.org", "c@example.org"]);
        var another = await keeping.ResendAsync(id, key: "once more");

        Assert.Equal((again.Id, false, true), (repeated.Id, again.IsReplay, repeated.IsReplay));
        Assert.Equal(3, new[] { again, wanted, another }.Select(one => one.Id).Distinct().Count());
        var message = await Storage.GetAsync(again.Id);
        Assert.Equal(("b@example.org", envelope.Sender, id), (Assert.Single(message.Envelope.Recipients).Address, message.Envelope.Sender, message.Envelope.ResentFrom));
        Assert.Equal(Mail.Bytes(bytes), await message.Envelope.Content.ToArrayAsync());
        Assert.True(message.Envelope.Received > envelope.Received);
        Assert.Equal(["a@example.org", "c@example.org"], (await Storage.GetAsync(wanted.Id)).Envelope.Recipients.Select(r => r.Address));
        Assert.Equal(id, (await Storage.InspectAsync(again.Id)).Listing.Message!.ResentFrom);
        await Assert.ThrowsAsync<ArgumentException>(() => keeping.ResendAsync(id, ["nobody@example.org"]));
    }

    [Fact]
    public async Task Without_kept_content_a_resend_says_which_setting_keeps_it()
    {
        var id = await Storage.WriteAsync(Mail.ToThree());
        await EndAsync(Settlement.Remove() with { Completed = [0, 1, 2], Failed = [0, 1, 2] });

        var refused = await Assert.ThrowsAsync<ContentNotKeptException>(() => Storage.ResendAsync(id));

        Assert.Contains("Storage:KeepContent", refused.Message, StringComparison.Ordinal);
        await Assert.ThrowsAsync<KeyNotFoundException>(() => Storage.ResendAsync("0-00000000000000000000000000"));
        await Assert.ThrowsAsync<KeyNotFoundException>(() => Storage.ResendAsync("no id"));
    }

    [Fact]
    public async Task Kept_content_goes_with_its_history_and_stays_within_its_bytes()
    {
        var keeping = NewStorage(o => (o.KeepContent, o.HistoryBytes, o.Partitions) = (true, 256 * 1024, 1));
        var ids = new List<string>();
        for (var i = 0; i < 8; i++)
        {
            ids.Add(await keeping.WriteAsync(Mail.ToThree() with { Content = Mail.Bytes(60_000) }));
            await EndAsync(Settlement.Remove() with { Completed = [0, 1, 2], Failed = [0] }, keeping);
        }
        ids.Add(await keeping.WriteAsync(Mail.ToThree() with { Content = Mail.Bytes(100_000) }));
        await EndAsync(Settlement.Remove() with { Completed = [0, 1, 2], Failed = [0] }, keeping);

        await using var connection = await ConnectionMultiplexer.ConnectAsync(server.Settings);
        var (database, partition) = (connection.GetDatabase(), new Partition(_prefix, 0));
        var kept = (await AllEndedAsync(new(), keeping)).Where(e => e.ContentKept).Select(e => e.Id).ToList();
        Assert.InRange(kept.Count, 3, 4);
        Assert.DoesNotContain(ids[^1], kept);
        foreach (var id in ids)
        {
            Assert.Equal(kept.Contains(id), await database.KeyExistsAsync(partition.Message(id)) || await database.KeyExistsAsync(partition.Content(id)));
            if (kept.Contains(id))
                Assert.NotNull(await database.KeyTimeToLiveAsync(partition.Message(id)));
        }
        await Assert.ThrowsAsync<ContentNotKeptException>(() => keeping.ResendAsync(ids[^1]));
    }
}
