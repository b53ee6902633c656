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

    /// <summary>In one piece with the message, alone in one, and in three.</summary>
    private static readonly byte[][] Contents = [Mail.Bytes(1000), Mail.Bytes(70_000), Mail.Bytes(600_000)];

    /// <summary>
    /// Garnet numbers the versions of its store, and a start skips what its log has of versions that the checkpoint holds. After a checkpoint that did not end, a
    /// start took up the number before, and what the log had of the higher one was done again.
    /// </summary>
    [Fact]
    public async Task A_removed_message_stays_removed_after_a_kill_between_a_checkpoint_and_the_cut_of_the_log()
    {
        string[] log = ["AOF", Path.Combine("sums", "AOF"), "tail"];
        var uncut = Directory.CreateTempSubdirectory("slimta-uncut-").FullName;
        await using var server = await GarnetProcess.StartAsync();
        string id;
        await using (var storage = Storage(server))
        {
            var inTheWay = Path.Combine(Directory.CreateDirectory(Path.Combine(server.Folder, "Store", "checkpoints")).FullName, "cpr-checkpoints");
            await File.WriteAllTextAsync(inTheWay, "");
            await Assert.ThrowsAsync<RedisServerException>(() => CheckpointAsync(server));
            File.Delete(inTheWay);
            id = await storage.WriteAsync(Mail.ToThree());
        }
        await server.KillAsync();
        await server.StartAgainAsync();
        await using (var storage = Storage(server))
            await storage.RemoveAsync(id);
        await server.KillAsync();
        foreach (var path in log)
            Put(Path.Combine(server.Folder, path), Path.Combine(uncut, path));
        await server.StartAgainAsync();
        await CheckpointAsync(server);
        await server.KillAsync();
        foreach (var path in log)
            Put(Path.Combine(uncut, path), Path.Combine(server.Folder, path));
        Directory.Delete(uncut, recursive: true);
        await server.StartAgainAsync();

        await using var recovered = Storage(server);
        Assert.Equal(0, (await recovered.CountAsync()).Total);
    }

    /// <summary>Puts a copy of a file or a folder in the place of another; of none, nothing.</summary>
    private static void Put(string from, string to)
    {
        if (Directory.Exists(to))
            Directory.Delete(to, recursive: true);
        Directory.CreateDirectory(Path.GetDirectoryName(to)!);
        File.Delete(to);
        if (File.Exists(from))
            File.Copy(from, to);
        if (!Directory.Exists(from))
            return;
        Directory.CreateDirectory(to);
        foreach (var entry in Directory.EnumerateFileSystemEntries(from))
            Put(entry, Path.Combine(to, Path.GetFileName(entry)));
    }

    /// <param name="clock">Garnet goes by the time of the folders, and keeps the index of the checkpoint before.</param>
    [Theory]
    [InlineData("went on")]
    [InlineData("was set back")]
    public async Task Messages_in_the_room_of_removed_ones_survive_a_checkpoint_and_a_kill(string clock)
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
        if (clock == "was set back")
            MakeTheOlderIndexLookNewer(server);
        await server.StartAgainAsync();

        await using var recovered = Storage(server);
        Assert.Equal(Messages, (await recovered.CountAsync()).Total);
        var lost = new List<string>();
        foreach (var id in kept)
        {
            if (await ProblemAsync(recovered, id, Mail.Content) is { } problem)
                lost.Add($"{id}: {problem}");
        }
        Assert.Equal("", string.Join(", ", lost));
    }

    [Fact]
    public async Task Messages_that_come_and_go_while_a_checkpoint_begins_survive_a_kill()
    {
        const int Kills = 6, Writers = 8, Before = 50;
        await using var server = await GarnetProcess.StartAsync();
        var lost = new List<string>();
        for (var kill = 0; kill < Kills; kill++)
        {
            var written = new ConcurrentQueue<Written>();
            List<Written> acknowledged;
            using var stop = new CancellationTokenSource();
            await using (var storage = Storage(server))
            {
                var writers = Enumerable.Range(0, Writers).Select(_ => WriteAndRemoveAsync(storage, written, stop.Token)).ToList();
                while (written.Count < Before && !writers.Exists(writer => writer.IsCompleted))
                {
                    // Several fill it, and none of them is the one that makes it enough.
                    await Task.Delay(TimeSpan.FromMilliseconds(1), TimeProvider.System);
                }
                await CheckpointAsync(server);
                acknowledged = [.. written];
                await server.KillAsync();
                await stop.CancelAsync();
                await Task.WhenAll(writers);
            }
            await server.StartAgainAsync();
            await using var recovered = Storage(server);
            foreach (var (id, content) in acknowledged)
            {
                if (await ProblemAsync(recovered, id, content) is { } problem)
                    lost.Add($"{id} of {content.Length} bytes: {problem}");
                else
                    await recovered.RemoveAsync(id);
            }
        }
        Assert.Equal("", string.Join(", ", lost));
    }

    /// <summary>
    /// What is changed while a checkpoint is taken gets a new record, and the old one stays without a value. A later start that read such a record, and large
    /// content after it, gave the content of other messages.
    /// </summary>
    [Fact]
    public async Task Content_survives_checkpoints_while_its_messages_are_changed()
    {
        // Many of the pieces of 4 MiB in which a start reads the values end within one of them.
        const int Large = 120;
        await using var server = await GarnetProcess.StartAsync();
        var written = new List<Written>();
        await using (var storage = Storage(server))
        {
            for (var i = 0; i < Large; i++)
            {
                var content = Mail.Bytes(200_000 + i);
                written.Add(new(await storage.WriteAsync(Mail.ToThree() with { Content = content }), content));
            }
            var checkpoint = CheckpointAsync(server);
            while (!checkpoint.IsCompleted)
                await Task.WhenAll(written.Select(message => storage.IncrementAttemptsAsync(message.Id)));
            await checkpoint;
            await CheckpointAsync(server);
        }
        await server.KillAsync();
        await server.StartAgainAsync();
        await CheckpointAsync(server);
        await server.KillAsync();
        await server.StartAgainAsync();

        await using var recovered = Storage(server);
        var lost = new List<string>();
        foreach (var (id, content) in written)
        {
            if (await ProblemAsync(recovered, id, content) is { } problem)
                lost.Add($"{id} of {content.Length} bytes: {problem}");
        }
        Assert.Equal("", string.Join(", ", lost));
    }

    private static void MakeTheOlderIndexLookNewer(GarnetProcess server)
    {
        var indexes = new DirectoryInfo(Path.Combine(server.Folder, "Store", "checkpoints", "index-checkpoints")).GetDirectories();
        Assert.Equal(2, indexes.Length);
        indexes.MinBy(index => index.LastWriteTimeUtc)!.LastWriteTimeUtc = indexes.Max(index => index.LastWriteTimeUtc).AddSeconds(1);
    }

    /// <summary>Every second one is removed at once, and leaves its room to a later one.</summary>
    private static async Task WriteAndRemoveAsync(RedisStorage storage, ConcurrentQueue<Written> kept, CancellationToken stop)
    {
        try
        {
            for (var i = 0; !stop.IsCancellationRequested; i++)
            {
                var content = Contents[i % Contents.Length];
                var id = await storage.WriteAsync(Mail.ToThree() with { Content = content }, cancellationToken: CancellationToken.None);
                if (i % 2 == 0)
                    kept.Enqueue(new(id, content));
                else
                    await storage.RemoveAsync(id, cancellationToken: CancellationToken.None);
            }
        }
        catch (QueueException)
        {
            // Killed: its last message may be there or not.
        }
    }

    private static async Task<string?> ProblemAsync(RedisStorage storage, string id, byte[] content)
    {
        try
        {
            return (await (await storage.GetAsync(id)).Envelope.Content.ToArrayAsync()).AsSpan().SequenceEqual(content) ? null : "other content";
        }
        catch (Exception missing) when (missing is KeyNotFoundException or QueueFormatException)
        {
            return missing.Message;
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
        await using var connection = await ConnectionMultiplexer.ConnectAsync($"{server.ConnectionString},allowAdmin=true,asyncTimeout=60000");
        await connection.GetDatabase().ExecuteAsync("SAVE");
    }

    private static RedisStorage Storage(GarnetProcess server) =>
        new(ConfigurationOptions.Parse(server.ConnectionString), new QueueOptions { Timeout = TimeSpan.FromSeconds(30) });

    private sealed record Written(string Id, byte[] Content);
}
