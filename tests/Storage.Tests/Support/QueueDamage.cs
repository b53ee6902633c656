using System.Collections.Concurrent;
using System.Globalization;
using System.Security.Cryptography;
using System.Text;
using Slimta.Storage.Redis;
using StackExchange.Redis;

namespace Slimta.Storage.Tests;

/// <summary>Writes random values of random types into a partition. Every write is a script: on Garnet a plain one beside scripts is not safe.</summary>
internal sealed class QueueDamage : IAsyncDisposable
{
    private const int RoundsOfSwap = 4;

    private static readonly string[] Nasty =
    [
        "", "0", "-1", "1", "5", "abc", "0,", "0,1,2", ",,,", "1e999", "nan", "inf", "-inf", "9007199254740992", "9007199254740993",
        "9223372036854775807", "-9223372036854775808", "99999999999999999999", "{", "{}", "[]", "null", "\"\"", "|", "|||", "1|2|x",
        "5|0|ghost#1", "7|9999|ghost#2", "3|3.3*|ghost#3", "9999999999999 1", "1 1", "\0", "\r\n", "é😀",
        """{"v":1}""", """{"v":1,"recipients":3,"size":1,"to":null}""", """{"v":99,"recipients":3}""", new string('9', 5000),
    ];

    private static readonly string[] Scores = ["inf", "-inf", "9e18", "-5", "0", "1", "5e15", "253402300800000000", "9007199254740992", "1e-300"];

    private static readonly string[] StateFields = ["fence", "bytes", "seen", "offset", "version", "partitions", "relay:ghost#1", "relay:", "whatever"];

    private static readonly string[] MessageFields = ["meta", "attempts", "delivered", "state", "content", "since", "asked", "recorded", "whatever"];

    private readonly IConnectionMultiplexer _connection;
    private readonly Partition _partition;
    private readonly Random _random;
    private RedisKey? _swapped;
    private int _swappedIn;
    private int _epoch;
    private int _keys;

    private QueueDamage(IConnectionMultiplexer connection, Partition partition, Random random) =>
        (_connection, _partition, _random) = (connection, partition, random);

    /// <summary>Messages that were damaged themselves, and how.</summary>
    public ConcurrentDictionary<string, string> Damaged { get; } = new();

    /// <summary>Odd while a key of the queue is of another type.</summary>
    public int Epoch => Volatile.Read(ref _epoch);

    public static async Task<QueueDamage> StartAsync(ConfigurationOptions settings, Partition partition, Random random) =>
        new(await ConnectionMultiplexer.ConnectAsync(settings), partition, random);

    public bool WasSwappedSince(int epoch) => epoch % 2 == 1 || Epoch != epoch;

    /// <summary>What stands under it may be damaged.</summary>
    public string NextIdempotencyKey() => $"key {Volatile.Read(ref _keys)}";

    public async Task DoAsync(string? id, int round)
    {
        if (_swapped is not null && round - _swappedIn >= RoundsOfSwap)
            await EndAsync();
        switch (_random.Next(id is null ? 7 : 16))
        {
            case 0 or 1:
                var field = Pick(StateFields);
                // A newer version, and more partitions, are for everybody to believe.
                await RunAsync("redis.call('HSET', KEYS[1], ARGV[1], ARGV[2])", _partition.State, field,
                    field switch { "version" => "abc", "partitions" => Pick(["abc", "", "0", "-1", "1000", "3"]), _ => Value() });
                break;
            case 2:
                await RunAsync("redis.call('HSET', KEYS[1], ARGV[1], ARGV[2])", Pick([_partition.Leases, _partition.Reasons, _partition.Staged]), Stray(), Value());
                break;
            case 3:
                await RunAsync("redis.call('ZADD', KEYS[1], ARGV[2], ARGV[1])", Pick([_partition.Schedule, _partition.Held, _partition.Staging]), Stray(), Pick(Scores));
                break;
            case 4:
                var next = $"key {Interlocked.Increment(ref _keys)}";
                var hash = Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(next)))[..32];
                await RunAsync(_random.Next(2) == 0 ? "redis.call('SET', KEYS[1], ARGV[1])" : "redis.call('RPUSH', KEYS[1], ARGV[1])", _partition.Idempotency(hash), Value());
                break;
            case 6:
                await RunAsync(DamageRelay, _partition.State, Value());
                break;
            case 5 when _swapped is null && _random.Next(2) == 0:
                await SwapAsync(round);
                break;
            case 5:
                break;
            default:
                await DamageAsync(id!);
                break;
        }
    }

    /// <summary>Every key is of its type again.</summary>
    public async Task EndAsync()
    {
        if (_swapped is not { } key)
            return;
        await RunAsync("redis.call('DEL', KEYS[1]) if redis.call('EXISTS', KEYS[2]) == 1 then redis.call('RENAME', KEYS[2], KEYS[1]) end", [key, key.Append("-kept")]);
        _swapped = null;
        Interlocked.Increment(ref _epoch);
    }

    public ValueTask DisposeAsync() => _connection.DisposeAsync();

    private async Task SwapAsync(int round)
    {
        var key = Pick([_partition.Schedule, _partition.Leases, _partition.Held, _partition.Reasons, _partition.State, _partition.Staging, _partition.Staged]);
        (_swapped, _swappedIn) = (key, round);
        Interlocked.Increment(ref _epoch);
        await RunAsync("if redis.call('EXISTS', KEYS[1]) == 1 then redis.call('RENAME', KEYS[1], KEYS[2]) end redis.call('RPUSH', KEYS[1], 'x')", [key, key.Append("-kept")]);
    }

    private async Task DamageAsync(string id)
    {
        var value = Value();
        var field = Pick(MessageFields);
        var (what, script, key, arguments) = _random.Next(12) switch
        {
            0 or 1 or 2 => ($"{field}={value}", "redis.call('HSET', KEYS[1], ARGV[1], ARGV[2])", _partition.Message(id), (RedisValue[])[field, value]),
            3 => ("meta changed", MutateMeta, _partition.Message(id), [_random.Next(1000), $"{(char)_random.Next(32, 127)}"]),
            4 => ($"{field} removed", "redis.call('HDEL', KEYS[1], ARGV[1])", _partition.Message(id), [field]),
            5 => ("message of another type", "redis.call('DEL', KEYS[1]) redis.call('RPUSH', KEYS[1], ARGV[1])", _partition.Message(id), [value]),
            6 => ("content of another type", "redis.call('DEL', KEYS[1]) redis.call('SADD', KEYS[1], ARGV[1])", _partition.Content(id), [value]),
            7 => ("a chunk", "redis.call('HSET', KEYS[1], ARGV[1], ARGV[2])", _partition.Content(id), [_random.Next(3), value]),
            8 => ("attempts", _random.Next(2) == 0 ? "redis.call('RPUSH', KEYS[1], ARGV[1])" : "redis.call('DEL', KEYS[1]) redis.call('SADD', KEYS[1], ARGV[1])", _partition.Attempts(id), [value]),
            9 => ("its lease", "redis.call('HSET', KEYS[1], ARGV[1], ARGV[2])", _partition.Leases, [id, value]),
            10 => ("also held", "redis.call('ZADD', KEYS[1], ARGV[2], ARGV[1])", _partition.Held, [id, Pick(Scores)]),
            _ => ("its time", "redis.call('ZADD', KEYS[1], 'XX', ARGV[2], ARGV[1])", _partition.Schedule, [id, Pick(Scores)]),
        };
        // Before it is: whoever looks from now on knows.
        Damaged.AddOrUpdate(id, what, (_, before) => $"{before}; {what}");
        await RunAsync(script, key, arguments);
    }

    // What the state knows of a relay that is at work.
    private const string DamageRelay = """
        local all = redis.pcall('HGETALL', KEYS[1])
        for i = 1, #all, 2 do
          if string.sub(all[i], 1, 6) == 'relay:' then redis.call('HSET', KEYS[1], all[i], ARGV[1]) end
        end
        """;

    // One character becomes another.
    private const string MutateMeta = """
        local meta = redis.pcall('HGET', KEYS[1], 'meta')
        if type(meta) ~= 'string' or #meta == 0 then return end
        local at = ARGV[1] % #meta
        redis.call('HSET', KEYS[1], 'meta', string.sub(meta, 1, at) .. ARGV[2] .. string.sub(meta, at + 2))
        """;

    private string Value() => _random.Next(4) switch
    {
        0 => string.Concat(Enumerable.Range(0, _random.Next(1, 22)).Select(_ => _random.Next(10).ToString(CultureInfo.InvariantCulture))),
        1 => string.Concat(Enumerable.Range(0, _random.Next(60)).Select(_ => (char)_random.Next(300))),
        _ => Pick(Nasty),
    };

    private string Stray() => _random.Next(3) switch { 0 => "", 1 => $"0-{_random.Next():x}", _ => Value() };

    private T Pick<T>(IReadOnlyList<T> all) => all[_random.Next(all.Count)];

    private Task RunAsync(string script, RedisKey key, params RedisValue[] arguments) => RunAsync(script, [key], arguments);

    private async Task RunAsync(string script, RedisKey[] keys, params RedisValue[] arguments)
    {
        try
        {
            await _connection.GetDatabase().ScriptEvaluateAsync(script, keys, arguments);
        }
        catch (RedisServerException)
        {
            // It is of another type already.
        }
    }
}
