using Slimta.Chaos.Actors;
using Slimta.Storage.Tests.Support;
using StackExchange.Redis;

namespace Slimta.Chaos.Load;

/// <summary>
/// Commands at random on the embedded Garnet, as fast as it takes them, and a SIGKILL every few seconds: checkpoints are under way for most of the time. What a
/// commit covered must be there, and no key may have the value of another.
/// </summary>
internal sealed class GarnetRun : IAsyncDisposable
{
    private const int Writers = 8;
    private const int KeysOfOne = 800;
    private const int AtOnce = 20;
    private const int Named = 10;
    private const int LargestValue = 60_000;
    private const double LongestLife = 7;

    private readonly string _folder = Directory.CreateTempSubdirectory("slimta-chaos-").FullName;
    private readonly Actor _queue;
    private readonly Place _place;
    private readonly KnownKey[][] _keys = [.. Enumerable.Range(0, Writers).Select(writer => Enumerable.Range(0, KeysOfOne).Select(i => new KnownKey($"{{{writer}}}:{i}")).ToArray())];
    private readonly Action<string> _say;
    private long _changes;
    private int _wrong;

    private GarnetRun(Action<string> say)
    {
        _say = say;
        _place = new Place { Folder = Path.Combine(_folder, "queue"), Port = RedisProcess.FreePort() };
        _queue = QueueActors.Garnet(new Journal(), _place);
    }

    /// <returns>True if all was as it must be, after each kill.</returns>
    public static async Task<bool> RunAsync(int kills, Action<string> say)
    {
        await using var run = new GarnetRun(say);
        await run._queue.StartAsync();
        for (var kill = 1; kill <= kills; kill++)
        {
            await run.LiveAsync();
            try
            {
                await run._queue.StartAsync();
            }
            catch (InvalidOperationException error)
            {
                say($"Kill {kill}: it does not start any more. {error.Message}");
                return false;
            }
            await run.JudgeAsync(kill);
        }
        say(run._wrong == 0
            ? $"After {kills} SIGKILLs and {run._changes} changes every key had what it must have."
            : $"{run._wrong} keys were wrong after {kills} SIGKILLs and {run._changes} changes.");
        return run._wrong == 0;
    }

    public async ValueTask DisposeAsync()
    {
        await _queue.DisposeAsync();
        Directory.Delete(_folder, recursive: true);
    }

    private async Task LiveAsync()
    {
        await using var connection = await ConnectAsync();
        var writers = _keys.Select(keys => Task.Run(() => WriteAsync(connection.GetDatabase(), keys))).ToList();
        await Clock.DelayAsync(LongestLife * Random.Shared.NextDouble());
        await _queue.KillAsync();
        await Task.WhenAll(writers);
    }

    private async Task WriteAsync(IDatabase database, KnownKey[] keys)
    {
        while (true)
        {
            var asked = new List<Task>();
            var changed = new HashSet<KnownKey>();
            for (var i = 0; i < AtOnce; i++)
            {
                var key = keys[Random.Shared.Next(keys.Length)];
                changed.Add(key);
                asked.AddRange(Change(database, key, Interlocked.Increment(ref _changes)));
            }
            try
            {
                await Task.WhenAll(asked);
                await database.ExecuteAsync("COMMITAOF");
            }
            catch (Exception error) when (error is RedisException or TimeoutException)
            {
                // Killed: what was under way may be on disk or not.
                return;
            }
            foreach (var key in changed)
                key.Commits();
        }
    }

    private static IEnumerable<Task> Change(IDatabase database, KnownKey key, long number)
    {
        const int OneIn = 4;
        var isRemoval = Random.Shared.Next(OneIn) == 0;
        key.Changes(number, isRemoval);
        yield return isRemoval
            ? database.KeyDeleteAsync(key.Name)
            : database.HashSetAsync(key.Name, [new("number", number), new("value", Value(key, number, Random.Shared.Next(OneIn) == 0 ? LargestValue : 0))]);
        // A key that expires, or does so no more, gets a record of another size.
        if (Random.Shared.Next(OneIn) == 0)
            yield return database.KeyExpireAsync(key.Name, TimeSpan.FromHours(1));
        if (Random.Shared.Next(OneIn) == 0)
            yield return database.KeyPersistAsync(key.Name);
    }

    private static string Value(KnownKey key, long number, int length) => $"{key.Name} {number} ".PadRight(Random.Shared.Next(length + 1), 'x');

    private async Task JudgeAsync(int kill)
    {
        await using var connection = await ConnectAsync();
        var (there, wrong) = (0, 0);
        foreach (var key in _keys.SelectMany(keys => keys))
        {
            var (number, problem) = await ReadAsync(connection.GetDatabase(), key);
            if (number is not null)
                there++;
            problem = key.Finds(number) is { } other ? problem ?? other : problem;
            if (problem is not null && ++wrong <= Named)
                _say($"  {key.Name} {problem}");
        }
        _wrong += wrong;
        _say($"Kill {kill}: {there} keys, {wrong} wrong; {_changes} changes so far");
    }

    private static async Task<(long? Number, string? Problem)> ReadAsync(IDatabase database, KnownKey key)
    {
        try
        {
            var fields = await database.HashGetAsync(key.Name, ["number", "value"]);
            if (fields.All(field => field.IsNull))
                return (null, null);
            var number = (long?)fields[0];
            var isOwn = number is { } own && ((string?)fields[1])?.StartsWith($"{key.Name} {own} ", StringComparison.Ordinal) == true;
            return (number, isOwn ? null : "has the value of another key, or a part of its own");
        }
        catch (Exception error) when (error is RedisException or TimeoutException)
        {
            return (null, $"cannot be read: {error.Message}");
        }
    }

    private async Task<ConnectionMultiplexer> ConnectAsync() =>
        await ConnectionMultiplexer.ConnectAsync($"127.0.0.1:{_place.Port},password={Settings.QueuePassword},asyncTimeout=30000");
}
