using System.Text;

namespace Slimta.Storage.Tests;

/// <summary>Those who come at once: each gets its own outcome.</summary>
public abstract partial class QueueContract
{
    protected const int Many = 150;

    [Fact]
    public async Task Messages_written_at_once_are_each_in_the_queue_with_their_own_content()
    {
        // Of some the content is inline, of some in chunks.
        byte[] ContentOf(int i) => i % 10 == 0 ? Mail.Bytes(70_000 + i) : Encoding.ASCII.GetBytes($"Subject: {i}\r\n\r\n");
        var ids = await Task.WhenAll(Enumerable.Range(0, Many).Select(i =>
            Queue.WriteAsync(Mail.To($"r{i}@example.org") with { Content = ContentOf(i) })));

        Assert.Equal(Many, ids.Distinct().Count());
        Assert.Equal(ids.Order(), (await LoadedAsync()).Order());
        for (var i = 0; i < Many; i++)
        {
            var message = await Queue.GetAsync(ids[i]);
            Assert.Equal($"r{i}@example.org", Assert.Single(message.Envelope.Recipients).Address);
            Assert.Equal(ContentOf(i), await message.Envelope.Content.ToArrayAsync());
        }
    }

    [Fact]
    public async Task Of_messages_written_at_once_under_one_idempotency_key_one_is_in()
    {
        var options = new WriteOptions { IdempotencyKey = "order-4711" };
        var writes = Enumerable.Range(0, 40).Select(_ => Queue.WriteAsync(Mail.ToThree(), options: options)).ToList();
        // Who comes first is left to chance, and it must be one of those.
        await Task.WhenAny(writes);
        var other = Queue.WriteAsync(Mail.To("somebody-else@example.org"), options: options);

        var id = Assert.Single((await Task.WhenAll(writes)).Distinct());
        var conflict = await Assert.ThrowsAsync<IdempotencyConflictException>(() => other);
        Assert.Contains(id, conflict.Message, StringComparison.Ordinal);
        Assert.Equal([id], await LoadedAsync());
    }
}
