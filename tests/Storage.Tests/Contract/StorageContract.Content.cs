using Slimta.Storage.Redis;
using StackExchange.Redis;

namespace Slimta.Storage.Tests;

/// <summary>Large content, limits, and what is left behind.</summary>
public abstract partial class StorageContract
{
    [Fact]
    public async Task A_message_over_the_limit_is_refused_before_anything_is_stored()
    {
        var storage = NewStorage(o => o.MaxMessageBytes = 2000);

        var whole = await Assert.ThrowsAsync<MessageTooLargeException>(() => storage.WriteAsync(Mail.ToThree() with { Content = new byte[2001] }));
        await using var writer = storage.BeginWrite();
        await writer.WriteAsync(new byte[2000]);
        await Assert.ThrowsAsync<MessageTooLargeException>(async () => await writer.WriteAsync(new byte[1]));

        Assert.Equal(2000, whole.Limit);
        await AssertNothingIsLeftAsync();
    }

    [Fact]
    public async Task Staged_content_of_a_dead_process_goes_away_by_itself_and_makes_room_again()
    {
        var storage = NewStorage(o => (o.StagingLifetime, o.MaxBytes, o.Partitions) = (TimeSpan.FromSeconds(1), 1_000_000, 1));
        // Never disposed.
        var dead = storage.BeginWrite();
        await dead.WriteAsync(new byte[800_000]);

        while (true)
        {
            var writer = storage.BeginWrite();
            try
            {
                await writer.WriteAsync(new byte[600_000], Soon);
                await ((StagedMessageWriter)writer).CompleteAsync(Soon);
                await writer.DisposeAsync();
                break;
            }
            catch (QueueFullException)
            {
                await writer.DisposeAsync();
                Soon.ThrowIfCancellationRequested();
            }
        }
        // Its content has expired; or its last piece, which was still under way, found no room beside the other's.
        await Assert.ThrowsAnyAsync<QueueException>(async () =>
            await dead.CommitAsync(Mail.ToThree() with { Content = MessageContent.None }));
        Assert.Empty(await LoadedAsync());
    }

    [Fact]
    public async Task A_full_queue_refuses_by_count_and_takes_mail_again_when_some_has_gone()
    {
        var storage = NewStorage(o => (o.MaxMessages, o.Partitions) = (3, 1));
        var ids = new List<string>();
        for (var i = 0; i < 3; i++)
            ids.Add(await storage.WriteAsync(Mail.ToThree()));
        await storage.HoldAsync(ids[0], "held ones count");

        var error = await Assert.ThrowsAsync<QueueFullException>(() => storage.WriteAsync(Mail.ToThree()));
        Assert.Contains("Storage:MaxMessages is 3", error.Message, StringComparison.Ordinal);

        await storage.RemoveAsync(ids[1]);
        await storage.WriteAsync(Mail.ToThree());
    }

    [Fact]
    public async Task A_full_queue_refuses_by_bytes_and_knows_what_staged_content_weighs()
    {
        var storage = NewStorage(o => (o.MaxBytes, o.Partitions) = (1_000_000, 1));
        var id = await storage.WriteAsync(Mail.ToThree() with { Content = new byte[600_000] });

        await Assert.ThrowsAsync<QueueFullException>(() => storage.WriteAsync(Mail.ToThree() with { Content = new byte[60_000 * 7] }));
        await storage.WriteAsync(Mail.ToThree() with { Content = new byte[60_000] });
        Assert.Equal(660_000, (await storage.CountAsync()).Bytes);

        await storage.RemoveAsync(id);
        await storage.WriteAsync(Mail.ToThree() with { Content = new byte[900_000] });
        Assert.Equal(960_000, (await storage.CountAsync()).Bytes);
    }

    [Fact]
    public async Task Bounces_are_written_even_when_the_queue_is_full()
    {
        var storage = NewStorage(o => (o.MaxMessages, o.Partitions) = (1, 1));
        await storage.WriteAsync(Mail.ToThree());
        await using var entry = await NextAsync(storage);

        await entry.SettleAsync(Settlement.Retry(TimeSpan.FromHours(1)) with { NewMessages = [new NewMessage(Mail.To("sender@example.com"))] });

        Assert.Equal(2, (await storage.CountAsync()).Total);
    }

    /// <summary>No key is left but each partition's counters, which say zero, and what became of its messages.</summary>
    protected override async Task AssertNothingIsLeftAsync()
    {
        await using var connection = await ConnectionMultiplexer.ConnectAsync(server.Settings);
        foreach (var partition in Enumerable.Range(0, server.Partitions).Select(i => new Partition(_prefix, i)))
        {
            foreach (var node in connection.GetServers())
            {
                var keys = node.Keys(pattern: $"{{{partition.Tag}}}*").Select(k => k.ToString()).ToList();
                Assert.All(keys, k => Assert.Contains(k, (string[])[partition.State!, partition.Ended!, partition.History!]));
            }
            Assert.Equal(0, (long)await connection.GetDatabase().HashGetAsync(partition.State, "bytes"));
        }
    }

    /// <summary>Damages a message: sets a field of its hash, or removes it.</summary>
    private async Task RawAsync(string id, string field, string? value)
    {
        await using var connection = await ConnectionMultiplexer.ConnectAsync(server.Settings);
        // By a script: on Garnet a plain write beside scripts that are transactions is not safe.
        await connection.GetDatabase().ScriptEvaluateAsync(
            value is null ? "return redis.call('HDEL', KEYS[1], ARGV[1])" : "return redis.call('HSET', KEYS[1], ARGV[1], ARGV[2])",
            [KeyOf(id)], value is null ? [field] : [field, value]);
    }

    private RedisKey KeyOf(string id) => new Partition(_prefix, Partition.IndexOf(id)!.Value).Message(id);

    /// <summary>A writer whose publications are not heard.</summary>
    private sealed class WriteWithoutWakeUp(ConfigurationOptions settings, string prefix)
    {
        public async Task<string> WriteAsync(Envelope envelope)
        {
            await using var connection = await ConnectionMultiplexer.ConnectAsync(settings);
            var partition = new Partition(prefix, 0);
            var id = partition.NewId(TimeProvider.System);
            await Script.Write.RunAsync(connection.GetDatabase(),
                [partition.Schedule, partition.State, partition.Held, partition.Message(id), partition.Content(id)],
                [0, 0, "nowhere", 0, id, "0", 0, EnvelopeFormat.Write(envelope, 0, null), Mail.Content, Mail.Content.Length, "", ""]);
            return id;
        }
    }
}
