using System.Collections.Concurrent;
using Slimta.Storage.Redis;
using Slimta.Storage.Tests.Support;
using StackExchange.Redis;

namespace Slimta.Storage.Tests;

/// <summary>A kill after a checkpoint: Garnet then has the checkpoint and what its log holds since, and nothing else.</summary>
public sealed class GarnetCheckpointTests
{
    /// <summary>More than the records of one size whose room Garnet keeps for new ones: 256.</summary>
    private const int Messages = 300;

    [Fact]
    public async Task Messages_in_the_room_of_removed_ones_survive_a_checkpoint_and_a_kill()
    {
        await using var server = await GarnetProcess.StartAsync();
        List<string> kept;
        await using (var storage = Storage(server))
        {
            var passed = await WriteAsync(storage);
            await CheckpointAsync(server);
            foreach (var id in passed)
                await storage.RemoveAsync(id);
            kept = await WriteAsync(storage);
            // Garnet's first one has the index of the keys in any case.
            await CheckpointAsync(server);
        }
        await server.KillAsync();
        await server.StartAgainAsync();

        await using var recovered = Storage(server);
        Assert.Equal(Messages, (await recovered.CountAsync()).Total);
        var lost = new List<string>();
        foreach (var id in kept)
        {
            try
            {
                Assert.Equal(Mail.Content, await (await recovered.GetAsync(id)).Envelope.Content.ToArrayAsync());
            }
            catch (KeyNotFoundException)
            {
                lost.Add(id);
            }
        }
        Assert.Equal("", string.Join(' ', lost));
    }

    [Fact]
    public async Task Keys_that_are_written_while_a_checkpoint_begins_survive_a_kill()
    {
        const int Kills = 15, Writers = 8, Before = 100;
        await using var server = await GarnetProcess.StartAsync();
        var lost = new List<string>();
        for (var kill = 0; kill < Kills; kill++)
        {
            var written = new ConcurrentQueue<string>();
            List<string> acknowledged;
            using var stop = new CancellationTokenSource();
            await using (var connection = await ConnectAsync(server))
            {
                var database = connection.GetDatabase();
                var writers = Enumerable.Range(0, Writers).Select(writer => WriteAndRemoveAsync(database, $"{kill}:{writer}", written, stop.Token)).ToList();
                while (written.Count < Before && !writers.Exists(writer => writer.IsCompleted))
                    await Task.Delay(TimeSpan.FromMilliseconds(1), TimeProvider.System);
                await CheckpointAsync(server);
                acknowledged = [.. written];
                await database.ExecuteAsync("COMMITAOF");
                await server.KillAsync();
                await stop.CancelAsync();
                await Task.WhenAll(writers);
            }
            await server.StartAgainAsync();
            await using var recovered = await ConnectAsync(server);
            foreach (var key in acknowledged)
            {
                if (!await recovered.GetDatabase().KeyExistsAsync(key))
                    lost.Add(key);
            }
        }
        Assert.Equal("", string.Join(' ', lost));
    }

    /// <summary>Every second key is removed at once, and leaves its room to a later one.</summary>
    private static async Task WriteAndRemoveAsync(IDatabase database, string prefix, ConcurrentQueue<string> kept, CancellationToken stop)
    {
        try
        {
            for (var i = 0; !stop.IsCancellationRequested; i++)
            {
                var key = $"{prefix}:{i}";
                await database.HashSetAsync(key, "content", "some");
                if (i % 2 == 0)
                    kept.Enqueue(key);
                else
                    await database.KeyDeleteAsync(key);
            }
        }
        catch (Exception killed) when (killed is RedisException or RedisTimeoutException)
        {
            // Its last key counts only if it had been acknowledged.
        }
    }

    private static async Task<List<string>> WriteAsync(RedisStorage storage)
    {
        var ids = new List<string>();
        for (var i = 0; i < Messages; i++)
            ids.Add(await storage.WriteAsync(Mail.ToThree()));
        return ids;
    }

    private static async Task CheckpointAsync(GarnetProcess server)
    {
        await using var connection = await ConnectAsync(server);
        await connection.GetDatabase().ExecuteAsync("SAVE");
    }

    private static async Task<ConnectionMultiplexer> ConnectAsync(GarnetProcess server) =>
        await ConnectionMultiplexer.ConnectAsync($"{server.ConnectionString},allowAdmin=true,asyncTimeout=60000");

    private static RedisStorage Storage(GarnetProcess server) =>
        new(ConfigurationOptions.Parse(server.ConnectionString), new QueueOptions { Timeout = TimeSpan.FromSeconds(30) });
}
