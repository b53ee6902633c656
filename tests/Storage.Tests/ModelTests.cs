using CsCheck;
using Slimta.Storage.Redis;
using Slimta.Storage.Tests.Support;

namespace Slimta.Storage.Tests;

/// <summary>
/// The storage against a model of a few lines, in operations of random order: one after the other with every outcome compared, and
/// in parallel, where some order must explain what is left. A failure prints its seed and the shortest sequence that shows it.
/// </summary>
public sealed class ModelTests(RedisFixture redis) : IClassFixture<RedisFixture>
{
    private static readonly Gen<(int Slot, int Value)> SlotAndValue = Gen.Select(Gen.Int[0, 5], Gen.Int[-1, 3]);

    [Fact]
    public void Every_outcome_is_the_models_in_any_order_of_operations() =>
        Gen.Int.Select(_ => (Actual: new RedisQueue(redis), Model: new ModelQueue())).SampleModelBased(
            Operation("write", (q, _, due) => q.Write(due)),
            Operation("increment", (q, slot, _) => q.Increment(slot)),
            Operation("mark", (q, slot, index) => q.Mark(slot, index)),
            Operation("set time", (q, slot, due) => q.SetTime(slot, due)),
            Operation("hold or release", (q, slot, value) => value > 1 ? q.Hold(slot) : q.ReleaseHold(slot)),
            Operation("claim or end", (q, slot, value) => value switch
            {
                < 1 => q.Claim(),
                1 => q.Settle(slot, remove: true),
                2 => q.Settle(slot, remove: false),
                _ => q.Remove(slot),
            }),
            equal: (actual, model) => actual.Log.SequenceEqual(model.Log) && actual.State() == model.State(),
            printActual: q => q.ToString(), printModel: q => q.ToString(), iter: 80, threads: 2);

    [Fact]
    public void What_is_left_after_operations_in_parallel_is_what_some_order_of_them_leaves() =>
        Gen.Int.Select(_ => RedisQueue.Filled(redis)).SampleParallel(
            Parallel("increment", (q, slot, _) => q.Increment(slot)),
            Parallel("mark", (q, slot, index) => q.Mark(slot, index)),
            Parallel("hold", (q, slot, _) => q.Hold(slot)),
            Parallel("release", (q, slot, _) => q.ReleaseHold(slot)),
            Parallel("set time", (q, slot, due) => q.SetTime(slot, due)),
            Parallel("remove", (q, slot, value) => value == 3 ? q.Remove(slot) : q.Increment(slot)),
            equal: (a, b) => a.State() == b.State(), print: q => q.State(), iter: 30, threads: 2);

    private static GenOperation<RedisQueue, ModelQueue> Operation(string name, Func<IQueueView, int, int, string> run) =>
        SlotAndValue.Operation<RedisQueue, ModelQueue>(
            v => $"{name} {v.Slot} {v.Value}", (q, v) => q.Log.Add(run(q, v.Slot, v.Value)), (q, v) => q.Log.Add(run(q, v.Slot, v.Value)));

    private static GenOperation<RedisQueue> Parallel(string name, Func<IQueueView, int, int, string> run) =>
        SlotAndValue.Operation<RedisQueue>(v => $"{name} {v.Slot} {v.Value}", (q, v) => run(q, v.Slot, v.Value));
}

/// <summary>Operations on messages by their number; each tells its outcome in a word.</summary>
internal interface IQueueView
{
    string Write(int due);
    string Increment(int slot);
    string Mark(int slot, int index);
    string SetTime(int slot, int due);
    string Hold(int slot);
    string ReleaseHold(int slot);
    string Remove(int slot);
    string Claim();
    string Settle(int slot, bool remove);
    string State();
}

/// <summary>What the queue should do.</summary>
internal sealed class ModelQueue : IQueueView
{
    private readonly List<Message> _messages = [];
    private int _next;

    public List<string> Log { get; } = [];

    public string Write(int due)
    {
        _messages.Add(new Message { Due = DueOf(due) });
        return "written";
    }

    public string Increment(int slot) => Change(slot, m => $"{++m.Attempts}");

    public string Mark(int slot, int index) => Change(slot, m =>
    {
        if (index is < 0 or > 2)
            return "out of range";
        m.Marked.Add(index);
        return "marked";
    });

    public string SetTime(int slot, int due) => Change(slot, m =>
    {
        if (m.Held)
            return "held";
        m.Due = DueOf(due);
        return "set";
    });

    public string Hold(int slot) => Change(slot, m =>
    {
        if (m.Held)
            return "held";
        m.Held = true;
        return "holds";
    });

    public string ReleaseHold(int slot) => Change(slot, m =>
    {
        if (!m.Held)
            return "unknown";
        m.Held = false;
        m.Due = DueOf(3);
        return "released";
    });

    public string Remove(int slot) => Change(slot, m =>
    {
        m.Gone = true;
        return "removed";
    });

    public string Claim()
    {
        var next = _messages.Where(m => m is { Gone: false, Held: false, Leased: false } && m.Due < 1_000_000).MinBy(m => m.Due);
        if (next is null)
            return "none";
        next.Leased = true;
        return $"claimed {_messages.IndexOf(next)}";
    }

    public string Settle(int slot, bool remove)
    {
        if (slot >= _messages.Count || !_messages[slot].Leased)
            return "no lease";
        var message = _messages[slot];
        message.Leased = false;
        message.Gone = remove;
        message.Attempts++;
        message.Due = DueOf(0);
        return "settled";
    }

    public string State() => string.Join(' ', _messages.Select((m, i) => m.Gone ? $"{i}:gone"
        : $"{i}:{(m.Held ? "held" : m.Leased ? "leased" : m.Due < 1_000_000 ? "due" : "scheduled")}/{m.Attempts}/{string.Join(',', m.Marked)}"));

    public override string ToString() => $"{string.Join("; ", Log)} => {State()}";

    private string Change(int slot, Func<Message, string> change) =>
        slot >= _messages.Count || _messages[slot].Gone ? "unknown" : _messages[slot].Leased ? "leased" : change(_messages[slot]);

    // Two in four are due; each later in the past than all before, so that the order is known.
    private int DueOf(int due) => due < 2 ? ++_next : 1_000_000 + ++_next;

    private sealed class Message
    {
        public int Due { get; set; }
        public int Attempts { get; set; }
        public SortedSet<int> Marked { get; } = [];
        public bool Held { get; set; }
        public bool Leased { get; set; }
        public bool Gone { get; set; }
    }
}

/// <summary>What it does.</summary>
internal sealed class RedisQueue(RedisFixture redis) : IQueueView
{
    private static readonly DateTimeOffset Past = new(2001, 1, 1, 0, 0, 0, TimeSpan.Zero);
    private static readonly DateTimeOffset Future = new(2100, 1, 1, 0, 0, 0, TimeSpan.Zero);

    private readonly RedisStorage _storage = new(redis.Settings,
        new QueueOptions { Prefix = $"m{Guid.NewGuid().ToString("N")[..10]}:", BodyConnections = 1, Timeout = TimeSpan.FromSeconds(30) });
    private readonly List<string> _ids = [];
    private readonly Dictionary<string, Lease> _leases = [];
    private int _next;

    public List<string> Log { get; } = [];

    public static RedisQueue Filled(RedisFixture redis)
    {
        var queue = new RedisQueue(redis);
        for (var i = 0; i < 3; i++)
            queue.Write(0);
        return queue;
    }

    public string Write(int due)
    {
        _ids.Add(_storage.WriteAsync(Mail.ToThree(), DueOf(due)).GetAwaiter().GetResult());
        return "written";
    }

    public string Increment(int slot) => Try(slot, async id => $"{await _storage.IncrementAttemptsAsync(id)}");

    public string Mark(int slot, int index) => Try(slot, id => Told(_storage.SetRecipientsDeliveredAsync(id, [index]), "marked"));

    public string SetTime(int slot, int due) => Try(slot, id => Told(_storage.SetTimestampAsync(id, DueOf(due)), "set"));

    public string Hold(int slot) => Try(slot, id => Told(_storage.HoldAsync(id, "why"), "holds"));

    public string ReleaseHold(int slot) => Try(slot, id => Told(_storage.ReleaseHoldAsync(id, DueOf(3)), "released"));

    public string Remove(int slot) => Try(slot, id => Told(_storage.RemoveAsync(id), "removed"));

    public string Claim() => ClaimAsync().GetAwaiter().GetResult();

    public string Settle(int slot, bool remove)
    {
        if (slot >= _ids.Count || !_leases.Remove(_ids[slot], out var lease))
            return "no lease";
        return Try(slot, _ => Told(_storage.SettleAsync(lease, (remove ? Settlement.Remove() : Settlement.Retry(DueOf(0))) with { Attempt = Mail.Attempt() }), "settled"));
    }

    public string State() => string.Join(' ', _ids.Select((id, i) =>
    {
        try
        {
            var listing = _storage.InspectAsync(id).GetAwaiter().GetResult().Listing;
            return $"{i}:{listing.State.ToString().ToLowerInvariant()}/{listing.Message!.Attempts}/{string.Join(',', listing.Message.Completed.Order())}";
        }
        catch (KeyNotFoundException)
        {
            return $"{i}:gone";
        }
    }));

    public override string ToString() => $"{string.Join("; ", Log)} => {State()}";

    private async Task<string> ClaimAsync()
    {
        if ((await _storage.CountAsync()).Due == 0)
            return "none";
        await foreach (var entry in _storage.WaitAsync())
        {
            _leases.Add(entry.Id, entry.Lease);
            return $"claimed {_ids.IndexOf(entry.Id)}";
        }
        return "ended";
    }

    private string Try(int slot, Func<string, Task<string>> run)
    {
        try
        {
            return slot >= _ids.Count ? "unknown" : run(_ids[slot]).GetAwaiter().GetResult();
        }
        catch (MessageNotFoundException)
        {
            return "unknown";
        }
        catch (MessageLeasedException)
        {
            return "leased";
        }
        catch (ArgumentOutOfRangeException)
        {
            return "out of range";
        }
        catch (QueueException error) when (error.Message.Contains("on hold", StringComparison.Ordinal))
        {
            return "held";
        }
    }

    private static async Task<string> Told(Task done, string outcome)
    {
        await done;
        return outcome;
    }

    private Due DueOf(int due) => (due < 2 ? Past : Future).AddSeconds(Interlocked.Increment(ref _next));
}
