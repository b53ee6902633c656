using Slimta.Storage.Redis;
using StackExchange.Redis;

namespace Slimta.Storage.Tests;

/// <summary>What relays held that are gone, and what they may have died of.</summary>
public abstract partial class StorageContract
{
    private static readonly TimeSpan LongLease = TimeSpan.FromHours(1);

    [Fact]
    public async Task What_a_killed_relay_held_is_handed_out_long_before_its_lease_ends()
    {
        var ids = new List<string> { await Storage.WriteAsync(Mail.ToThree()), await Storage.WriteAsync(Mail.ToThree()) };
        var killed = await HoldAndDieAsync(2);

        var entries = await NextAsync(2);

        Assert.Equal(ids.Order(), entries.Select(e => e.Id).Order());
        await Assert.ThrowsAsync<LeaseLostException>(() => Storage.SettleAsync(killed[0].Lease, Settlement.Remove()));
    }

    [Fact]
    public async Task A_successor_of_the_same_name_waits_for_two_beats_only()
    {
        var id = await Storage.WriteAsync(Mail.ToThree());
        void Named(QueueOptions o) => (o.Owner, o.Lease, o.HeartbeatTimeout) = ("relay-1", LongLease, TimeSpan.FromMinutes(6));
        await HoldAndDieAsync(1, Named);
        var other = NewStorage(o => (o.Lease, o.HeartbeatTimeout) = (LongLease, TimeSpan.FromMinutes(6)));
        using var enough = new CancellationTokenSource();
        var stolen = FirstAsync(other, enough.Token);

        // Two beats of that relay's and a moment.
        await StepClockAsync(TimeSpan.Zero, relaysSilentFor: TimeSpan.FromSeconds(125));

        await using var entry = await NextAsync(NewStorage(Named));
        Assert.Equal(id, entry.Id);
        await enough.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => stolen);
    }

    [Fact]
    public async Task A_relay_that_is_alive_keeps_what_it_holds_for_much_longer_than_the_timeout()
    {
        await Storage.WriteAsync(Mail.ToThree());
        await using var entry = await NextAsync(NewStorage(o => (o.Lease, o.HeartbeatTimeout) = (LongLease, TimeSpan.FromSeconds(3))));
        using var enough = new CancellationTokenSource();
        var stolen = FirstAsync(NewStorage(), enough.Token);
        var first = await PresentUntilAsync(entry.Id);

        while (await PresentUntilAsync(entry.Id) < first + 6_000_000)
            await Task.Delay(TimeSpan.FromMilliseconds(50), TimeProvider.System, Soon);

        Assert.True(entry.Lease.IsLive);
        Assert.False(stolen.IsCompleted);
        await enough.CancelAsync();
        await Storage.RemoveAsync(entry.Id, entry.Lease);
    }

    [Fact]
    public async Task A_poison_among_many_is_held_and_all_others_are_delivered()
    {
        const int Good = 200;
        var written = await Task.WhenAll(Enumerable.Range(0, Good + 1).Select(_ => Storage.WriteAsync(Mail.ToThree())));
        var poison = written.Order().ElementAt(Good / 3);
        var delivered = new HashSet<string>();
        var deaths = 0;
        while (await RelayAsync(poison, delivered))
            deaths++;

        Assert.Equal(written.Where(id => id != poison).Order(), delivered.Order());
        var listing = (await Storage.InspectAsync(poison)).Listing;
        Assert.Equal((MessageState.Held, 5), (listing.State, deaths));
        Assert.Contains("handed out 5 times", listing.HoldReason, StringComparison.Ordinal);
        Assert.Contains("3 of these times the relay had nothing else in hand", listing.HoldReason, StringComparison.Ordinal);
        Assert.Equal((1, 1), ((await Storage.CountAsync()).Total, (await Storage.CountAsync()).Held));
    }

    [Fact]
    public async Task Relays_that_are_killed_again_and_again_hold_up_no_message_for_good()
    {
        var written = await Task.WhenAll(Enumerable.Range(0, 40).Select(_ => Storage.WriteAsync(Mail.ToThree())));
        for (var kills = 0; kills < 5; kills++)
            await HoldAndDieAsync(1, Brief);

        var delivered = new HashSet<string>();
        Assert.False(await RelayAsync("none", delivered));

        Assert.Equal(written.Order(), delivered.Order());
        Assert.Equal(0, (await Storage.CountAsync()).Total);
    }

    [Fact]
    public async Task A_suspect_is_the_only_message_in_its_relays_hand()
    {
        var suspect = await Storage.WriteAsync(Mail.ToThree());
        for (var i = 0; i < 2; i++)
            await HoldAndDieAsync(1, Brief);
        var other = await Storage.WriteAsync(Mail.ToThree());
        var relay = NewStorage(Brief);
        await using var entries = relay.WaitAsync(10, Soon).GetAsyncEnumerator();
        // The other one is no suspect: whichever comes first, they are not held together.
        Assert.True(await entries.MoveNextAsync());
        var first = entries.Current;
        var second = entries.MoveNextAsync();
        // Until the last dead relay's is given back.
        while ((await Storage.CountAsync(Soon)).Leased > 1)
            await Task.Delay(TimeSpan.FromMilliseconds(20), TimeProvider.System, Soon);
        Assert.False(second.IsCompleted);
        await first.SettleAsync(Settlement.Remove());

        Assert.True(await second);
        Assert.Equal(new[] { suspect, other }.Order(), new[] { first.Id, entries.Current.Id }.Order());
        await entries.Current.SettleAsync(Settlement.Remove());
    }

    [Fact]
    public async Task An_operators_retry_clears_the_suspicion()
    {
        var ids = await Task.WhenAll(Enumerable.Range(0, 3).Select(_ => Storage.WriteAsync(Mail.ToThree())));
        for (var i = 0; i < 2; i++)
            await HoldAndDieAsync(3, Brief);
        var relay = NewStorage(Brief);
        // It gives the dead ones' messages back and learns that they are suspect.
        await using (await NextAsync(relay))
        {
        }

        await Storage.RetryAllNowAsync();

        Assert.Equal(ids.Order(), (await NextAsync(3, relay)).Select(e => e.Id).Order());
    }

    [Fact]
    public async Task What_is_given_back_at_a_stop_counts_for_nothing()
    {
        var id = await Storage.WriteAsync(Mail.ToThree());
        for (var i = 0; i < 6; i++)
        {
            var relay = NewStorage();
            await NextAsync(relay);
            await relay.DisposeAsync();
        }
        await Storage.WriteAsync(Mail.ToThree());

        Assert.Contains(id, (await NextAsync(2, NewStorage())).Select(e => e.Id));
    }

    [Fact]
    public async Task A_relay_goes_on_when_the_server_has_lost_what_it_knew_of_it()
    {
        var relay = NewStorage();
        foreach (var _ in Enumerable.Range(0, 3))
        {
            await Storage.WriteAsync(Mail.ToThree());
            await using var entry = await NextAsync(relay);
            await entry.SettleAsync(Settlement.Remove());
        }
        await using (var connection = await ConnectionMultiplexer.ConnectAsync(server.Settings))
        {
            foreach (var partition in Enumerable.Range(0, server.Partitions).Select(i => new Partition(_prefix, i)))
                await connection.GetDatabase().ScriptEvaluateAsync("return redis.call('DEL', KEYS[1])", [partition.State]);
        }

        await Storage.WriteAsync(Mail.ToThree());
        await using var next = await NextAsync(relay);
        Assert.True(next.Lease.IsLive);
    }

    [Fact]
    public async Task Partitions_that_a_writer_adds_are_read_at_once()
    {
        var consumer = NewStorage(o => o.PollInterval = TimeSpan.FromMinutes(10));
        var first = await Storage.WriteAsync(Mail.ToThree());
        await using (var entry = await NextAsync(consumer))
            await consumer.RemoveAsync(first, entry.Lease);

        var next = NextAsync(4, consumer);
        var writer = NewStorage(o => o.Partitions = server.Partitions + 4);
        var ids = new List<string>();
        while (ids.Count < 4)
        {
            // Not due yet: the consumer would take those that are removed again.
            var id = await writer.WriteAsync(Mail.ToThree(), TimeSpan.FromHours(1));
            if (Partition.IndexOf(id) >= server.Partitions)
                ids.Add(id);
            else
                await writer.RemoveAsync(id);
        }
        foreach (var id in ids)
            await writer.SetTimestampAsync(id, Due.Now);
        Assert.Equal(ids.Order(), (await next).Select(e => e.Id).Order());
    }

    private static void Brief(QueueOptions o) => (o.Lease, o.HeartbeatTimeout) = (LongLease, TimeSpan.FromSeconds(1.5));

    /// <summary>A relay that takes so many messages and is killed with them in hand.</summary>
    private async Task<List<QueueEntry>> HoldAndDieAsync(int count, Action<QueueOptions>? configure = null)
    {
        var (relay, time) = NewMortal(configure ?? (o => o.Lease = LongLease));
        var entries = await NextAsync(count, relay);
        time.Die();
        return entries;
    }

    /// <summary>A relay that delivers what it is given, until it dies of the poison or nothing is left.</summary>
    /// <returns>Whether it died.</returns>
    private async Task<bool> RelayAsync(string poison, HashSet<string> delivered)
    {
        var (relay, time) = NewMortal(Brief);
        using var empty = new CancellationTokenSource();
        // Not disposed: a loop that is left gives back what it holds, and the dead do not.
        var entries = relay.WaitAsync(50, empty.Token).GetAsyncEnumerator();
        while (true)
        {
            var next = entries.MoveNextAsync().AsTask();
            while (!next.IsCompleted)
            {
                var counts = await Storage.CountAsync(Soon);
                if (counts.Total == counts.Held)
                {
                    await empty.CancelAsync();
                    await Assert.ThrowsAnyAsync<OperationCanceledException>(() => next);
                    return false;
                }
                // It has nothing in hand, and waits until it is old enough for a suspect.
                time.Pass(Trials.First);
                await Task.WhenAny(next, Task.Delay(TimeSpan.FromMilliseconds(50), TimeProvider.System, Soon));
            }
            Assert.True(await next);
            var entry = entries.Current;
            if (entry.Id == poison)
            {
                time.Die();
                return true;
            }
            await entry.SettleAsync(Settlement.Remove());
            delivered.Add(entry.Id);
        }
    }

    private (RedisStorage Storage, MortalTime Time) NewMortal(Action<QueueOptions> configure)
    {
        var time = new MortalTime();
        var options = new QueueOptions { Prefix = _prefix, Partitions = server.Partitions, BodyConnections = 1, Timeout = TimeSpan.FromSeconds(30) };
        configure(options);
        return (new RedisStorage(server.Settings, options, time), time);
    }

    /// <summary>Until when the relay that holds a message counts as living, in microseconds.</summary>
    private async Task<long> PresentUntilAsync(string id)
    {
        await using var connection = await ConnectionMultiplexer.ConnectAsync(server.Settings);
        var state = await connection.GetDatabase().HashGetAllAsync(new Partition(_prefix, Partition.IndexOf(id)!.Value).State);
        return long.Parse(((string)state.Single(field => field.Name.StartsWith("relay:")).Value!).Split(' ')[0]);
    }

    private static async Task<QueueEntry?> FirstAsync(RedisStorage storage, CancellationToken enough)
    {
        await foreach (var entry in storage.WaitAsync(1, enough))
            return entry;
        return null;
    }

    /// <summary>
    /// Moves the server's clock, as the queue sees it: everything that the queue knows of time moves the other way, in one step.
    /// </summary>
    private async Task StepClockAsync(TimeSpan step, TimeSpan relaysSilentFor = default)
    {
        const string Move = """
            local step, silent = tonumber(ARGV[1]), tonumber(ARGV[2])
            local all = redis.call('ZRANGE', KEYS[1], 0, -1, 'WITHSCORES')
            for i = 1, #all, 2 do redis.call('ZADD', KEYS[1], string.format('%.0f', all[i + 1] - step), all[i]) end
            local state = redis.call('HGETALL', KEYS[2])
            for i = 1, #state, 2 do
              local till, rest = string.match(state[i + 1], '^(%d+)(.*)$')
              if state[i] == 'seen' then redis.call('HSET', KEYS[2], 'seen', string.format('%.0f', till - step)) end
              if string.sub(state[i], 1, 6) == 'relay:' then
                redis.call('HSET', KEYS[2], state[i], string.format('%.0f', till - step - silent) .. rest)
              end
            end
            """;
        await using var connection = await ConnectionMultiplexer.ConnectAsync(server.Settings);
        foreach (var partition in Enumerable.Range(0, server.Partitions).Select(i => new Partition(_prefix, i)))
        {
            await connection.GetDatabase().ScriptEvaluateAsync(
                Move, [partition.Schedule, partition.State], [Microseconds.Of(step), Microseconds.Of(relaysSilentFor)]);
        }
    }
}
