using System.Globalization;
using System.Text;
using StackExchange.Redis;

namespace Slimta.Storage.Redis;

/// <summary>
/// One partition's keys. They share a hash tag, so that one script may touch them all on a Redis Cluster:
/// <list type="table">
/// <item><term>{tag}:schedule</term><description>sorted set: id → when it is due or its lease ends, in microseconds since 1970</description></item>
/// <item><term>{tag}:leases</term><description>hash: id → "token|strikes|holder" while leased; without holder: given back, with strikes</description></item>
/// <item><term>{tag}:held</term><description>sorted set: id → since when an operator's decision is awaited</description></item>
/// <item><term>{tag}:reasons</term><description>hash: id → why it is held</description></item>
/// <item><term>{tag}:state</term><description>hash: fence (last token), bytes (content of all messages), history (its bytes, with content that is kept), seen and offset (the
/// queue's clock), relay:holder for each relay that holds something ("until generation"), job:id (what a job has changed here); in partition 0 also version and partitions</description></item>
/// <item><term>{tag}:message:id</term><description>hash: meta (JSON), content (if inline), attempts, delivered ("0,2"), failed (those of them that failed for good), since (from when its age counts), state (the relay's own), job (the last that changed it)</description></item>
/// <item><term>{tag}:content:id</term><description>hash: chunk number → bytes, for content that is not inline; expires until written</description></item>
/// <item><term>{tag}:attempts:id</term><description>list: attempt records (JSON), the last 50</description></item>
/// <item><term>{tag}:staging, {tag}:staged</term><description>sorted set: id → when its staged content expires; hash: id → bytes staged</description></item>
/// <item><term>{tag}:rules</term><description>in partition 0: hash: id → a rule (JSON), after '!' once it has ended</description></item>
/// <item><term>{tag}:parked:rule</term><description>sorted set: id → since when the message waits for the end of this pause; it expires</description></item>
/// <item><term>{tag}:relays, {tag}:relay:name</term><description>in partition 0: sorted set: name → when it last said what it does; string: that, as JSON, expires</description></item>
/// <item><term>{tag}:jobs</term><description>in partition 0: sorted set: id → until when a process has the job, in microseconds since 1970; of one that has ended, when, negative</description></item>
/// <item><term>{tag}:orders</term><description>in partition 0: hash: id → the job (JSON), after "!who" and a line feed once it was canceled</description></item>
/// <item><term>{tag}:ended</term><description>sorted set: id → when the message ended, in microseconds since 1970, negative: the newest come first</description></item>
/// <item><term>{tag}:history</term><description>hash: id → what became of the message (history.lua)</description></item>
/// <item><term>{tag}:idempotency:hash</term><description>string: "id fingerprint", expires</description></item>
/// </list>
/// </summary>
internal sealed class Partition
{
    /// <summary>As many as <see cref="QueueOptions.Partitions"/> may be.</summary>
    public const int Most = 256;

    private const int Slots = 16384;
    private const string Digits = "0123456789abcdefghijklmnopqrstuvwxyz";

    private readonly string _base;

    public Partition(string prefix, int index)
    {
        Index = index;
        Tag = TagOf(prefix, index);
        _base = $"{{{Tag}}}:";
        Schedule = _base + "schedule";
        Leases = _base + "leases";
        Held = _base + "held";
        Reasons = _base + "reasons";
        State = _base + "state";
        Staging = _base + "staging";
        Staged = _base + "staged";
        Rules = _base + "rules";
        Relays = _base + "relays";
        Jobs = _base + "jobs";
        Orders = _base + "orders";
        Ended = _base + "ended";
        History = _base + "history";
    }

    public int Index { get; }
    public string Tag { get; }
    public RedisKey Schedule { get; }
    public RedisKey Leases { get; }
    public RedisKey Held { get; }
    public RedisKey Reasons { get; }
    public RedisKey State { get; }
    public RedisKey Staging { get; }
    public RedisKey Staged { get; }
    public RedisKey Rules { get; }
    public RedisKey Relays { get; }
    public RedisKey Jobs { get; }
    public RedisKey Orders { get; }
    public RedisKey Ended { get; }
    public RedisKey History { get; }

    public RedisKey Message(string id) => _base + "message:" + id;
    public RedisKey Content(string id) => _base + "content:" + id;
    public RedisKey Attempts(string id) => _base + "attempts:" + id;
    public RedisKey Parked(string rule) => _base + "parked:" + rule;
    public RedisKey Relay(string name) => _base + "relay:" + name;
    public RedisKey Idempotency(string hash) => _base + "idempotency:" + hash;

    /// <summary>An id names its partition, so that the number of partitions can change.</summary>
    public string NewId(TimeProvider time)
    {
        // Time first, then chance (RFC 9562 §5.7), as 26 digits of base 32: short, and safe in a header, a URL and a shell.
        Span<byte> bytes = stackalloc byte[16];
        Guid.CreateVersion7(time.GetUtcNow()).TryWriteBytes(bytes, bigEndian: true, out _);
        Span<char> digits = stackalloc char[26];
        var value = System.Buffers.Binary.BinaryPrimitives.ReadUInt128BigEndian(bytes);
        for (var i = digits.Length - 1; i >= 0; i--, value >>= 5)
            digits[i] = "0123456789abcdefghjkmnpqrstvwxyz"[(int)(value & 31)];
        return string.Create(CultureInfo.InvariantCulture, $"{Index}-{digits}");
    }

    /// <summary>The partition that an id names; null if it is no id of ours.</summary>
    public static int? IndexOf(string id) =>
        id.IndexOf('-', StringComparison.Ordinal) is var dash and > 0
        && int.TryParse(id.AsSpan(0, dash), NumberStyles.None, CultureInfo.InvariantCulture, out var index)
        && index < Most && id.Length is > 2 and <= 64 && id.AsSpan(dash + 1).IndexOfAnyExcept(Digits) < 0
            ? index
            : null;

    /// <summary>
    /// Consecutive tags fall on slots at random, and six of them may leave a node with none. So a partition aims at a slot and
    /// takes the first suffix that comes near: the slots are those of a sequence that is evenly spread however many there are.
    /// </summary>
    private static string TagOf(string prefix, int index)
    {
        var first = $"{prefix}0";
        if (index == 0)
            return first;
        var target = (SlotOf(first) + ReversedBits(index)) % Slots;
        for (var n = 0; ; n++)
        {
            var tag = $"{prefix}{index}.{Suffix(n)}";
            if ((SlotOf(tag) - target + Slots) % Slots < 32)
                return tag;
        }
    }

    private static int ReversedBits(int index)
    {
        var reversed = 0;
        for (var bit = 0; bit < 14; bit++)
            reversed |= (index >> bit & 1) << (13 - bit);
        return reversed;
    }

    private static string Suffix(int n) => n < 36 ? Digits[n..(n + 1)] : Suffix(n / 36 - 1) + Digits[n % 36];

    /// <summary>CRC-16/XMODEM modulo 16384, as the cluster specification has it.</summary>
    internal static int SlotOf(string tag)
    {
        var crc = 0;
        foreach (var octet in Encoding.UTF8.GetBytes(tag))
        {
            crc ^= octet << 8;
            for (var bit = 0; bit < 8; bit++)
                crc = (crc & 0x8000) != 0 ? (crc << 1 ^ 0x1021) & 0xffff : crc << 1;
        }
        return crc % Slots;
    }
}
