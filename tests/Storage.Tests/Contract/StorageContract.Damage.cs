using Slimta.Storage.Redis;
using StackExchange.Redis;

namespace Slimta.Storage.Tests;

/// <summary>Keys and fields that hold what they should not: the mail of others flows on, and what cannot be read is held by name.</summary>
public abstract partial class StorageContract
{
    private const string Meta = """{"v":1,"recipients":3,"size":SIZE,"sender":"s@example.com","to":["a@example.org","b@example.org","c@example.org"],"client":{"protocol":"local"},"receiver":"r","received":"2026-01-01T00:00:00+00:00"}""";

    private static readonly string GoodMeta = Meta.Replace("SIZE", $"{Mail.Content.Length}", StringComparison.Ordinal);

    public static TheoryData<string, string?, string> DamagedFields => new()
    {
        { "delivered", "0,", "'delivered'" },
        { "delivered", "abc", "'delivered'" },
        { "delivered", "3", "'delivered'" },
        { "delivered", "-1", "'delivered'" },
        { "delivered", "99999999999999999999", "'delivered'" },
        { "attempts", "abc", "'attempts'" },
        { "attempts", "-1", "'attempts'" },
        { "attempts", "99999999999999999999", "'attempts'" },
        { "attempts", "1e3", "'attempts'" },
        { "content", null, "lost its content" },
        { "content", "short", "'content'" },
        { "meta", "", "metadata" },
        { "meta", "null", "version" },
        { "meta", "[]", "version" },
        { "meta", "{", "metadata" },
        { "meta", """{"v":"1"}""", "version" },
        { "meta", """{"v":1}""", "metadata" },
        { "meta", GoodMeta.Replace("[\"a@example.org\",\"b@example.org\",\"c@example.org\"]", "null", StringComparison.Ordinal), "'to'" },
        { "meta", GoodMeta.Replace("\"b@example.org\"", "null", StringComparison.Ordinal), "Recipient 1" },
        { "meta", GoodMeta.Replace("b@example.org", "b@example.org\\r\\nDATA", StringComparison.Ordinal), "recipient 1" },
        { "meta", GoodMeta.Replace("\"s@example.com\"", "null", StringComparison.Ordinal), "'sender'" },
        { "meta", GoodMeta.Replace("{\"protocol\":\"local\"}", "null", StringComparison.Ordinal), "'client'" },
        { "meta", GoodMeta.Replace("\"r\"", "null", StringComparison.Ordinal), "'receiver'" },
        { "meta", GoodMeta.Replace("2026-", "9999-", StringComparison.Ordinal), "receipt" },
        { "meta", GoodMeta.Replace("2026-01-01", "soon", StringComparison.Ordinal), "received" },
        { "meta", GoodMeta.Replace("\"size\":", "\"size\":-", StringComparison.Ordinal), "'size'" },
        { "meta", GoodMeta.Replace("\"recipients\":3", "\"recipients\":99999999999", StringComparison.Ordinal), "recipients" },
        { "meta", GoodMeta.Replace("\"recipients\":3", "\"recipients\":4", StringComparison.Ordinal), "'recipients'" },
        { "meta", GoodMeta.Replace("\"recipients\":3", "\"recipients\": 3", StringComparison.Ordinal), "scripts" },
        { "meta", GoodMeta.Replace("\"sender\"", "\"size\":SIZE,\"sender\"", StringComparison.Ordinal).Replace("SIZE", "1", StringComparison.Ordinal), "scripts" },
        { "meta", GoodMeta.Replace("\"client\"", "\"toParameters\":{\"7\":{}},\"client\"", StringComparison.Ordinal), "'toParameters'" },
        { "meta", GoodMeta.Replace("\"client\"", "\"parameters\":{\"ENVID\":null},\"client\"", StringComparison.Ordinal), "parameter" },
    };

    [Theory]
    [MemberData(nameof(DamagedFields))]
    public async Task A_message_with_a_damaged_field_is_held_with_a_reason_that_names_it(string field, string? value, string named)
    {
        var id = await Storage.WriteAsync(Mail.ToThree());
        await RawAsync(id, field, value);
        var next = NextAsync();
        await HeldAsync();
        var healthy = await Storage.WriteAsync(Mail.ToThree());

        await using var entry = await next;

        Assert.Equal(healthy, entry.Id);
        var details = await Storage.InspectAsync(id);
        Assert.Equal(MessageState.Held, details.Listing.State);
        Assert.Contains(named, details.Listing.HoldReason, StringComparison.Ordinal);
        await Assert.ThrowsAsync<QueueFormatException>(() => Storage.GetAsync(id));
        await Storage.RemoveAsync(id);
        await Storage.RemoveAsync(healthy, entry.Lease);
        Assert.Equal(0, (await Storage.CountAsync()).Total);
    }

    [Theory]
    [InlineData("redis.call('DEL', KEYS[1])")]
    // Its content was to be kept with its history.
    [InlineData("redis.call('HDEL', KEYS[1], 'meta')")]
    public async Task A_message_that_had_all_but_ended_when_the_log_was_cut_is_not_put_on_hold(string end)
    {
        var id = await Storage.WriteAsync(Mail.ToThree(), TimeSpan.FromHours(1));
        await LuaAsync(end, KeyOf(id));

        await Assert.ThrowsAsync<MessageNotFoundException>(() => Storage.HoldAsync(id, "why"));
        await Assert.ThrowsAsync<MessageNotFoundException>(() => Storage.OrderAsync(id, OperatorOrder.Hold("why")));
        Assert.Equal(0, (await Storage.CountAsync()).Held);
        await Storage.RemoveAsync(id);
        Assert.Equal(0, (await Storage.CountAsync()).Total);
    }

    [Fact]
    public async Task A_message_whose_key_is_of_another_type_is_held_and_can_be_removed()
    {
        var id = await Storage.WriteAsync(Mail.ToThree());
        await LuaAsync("redis.call('DEL', KEYS[1]) redis.call('RPUSH', KEYS[1], 'x')", KeyOf(id));
        var healthy = await Storage.WriteAsync(Mail.ToThree(), TimeSpan.FromMilliseconds(200));

        await using var entry = await NextAsync();
        await HeldAsync();

        Assert.Equal(healthy, entry.Id);
        Assert.Contains("type", (await Storage.InspectAsync(id)).Listing.HoldReason, StringComparison.Ordinal);
        await Storage.RemoveAsync(id);
        Assert.Equal(1, (await Storage.CountAsync()).Total);
    }

    [Theory]
    [InlineData("-inf")]
    [InlineData("-5")]
    [InlineData("inf")]
    [InlineData("9e18")]
    [InlineData("253402300800000000")]
    public async Task A_time_that_is_none_does_no_harm_and_what_would_never_fall_due_is_held(string score)
    {
        var id = await Storage.WriteAsync(Mail.ToThree(), TimeSpan.FromHours(1));
        await LuaAsync("redis.call('ZADD', KEYS[1], ARGV[1], ARGV[2])", HomeOf(id).Schedule, score, id);
        var late = score[0] != '-';
        if (late)
        {
            Assert.Equal((1, 1), ((await Storage.CountAsync()).Scheduled, (await Storage.CountAsync()).Total));
            Assert.Equal(MessageState.Scheduled, (await Storage.InspectAsync(id)).Listing.State);
            Assert.Equal([id], await LoadedAsync());
        }
        var healthy = await Storage.WriteAsync(Mail.ToThree());

        var entries = await NextAsync(late ? 1 : 2);
        await Storage.SweepAsync(Soon);

        Assert.Equal(late ? [healthy] : new[] { id, healthy }.Order(), entries.Select(e => e.Id).Order());
        Assert.Equal(late ? 1 : 0, (await Storage.CountAsync()).Held);
        if (late)
            Assert.Contains("beyond any date", (await Storage.InspectAsync(id)).Listing.HoldReason, StringComparison.Ordinal);
        foreach (var entry in entries)
            await Storage.RemoveAsync(entry.Id, entry.Lease);
    }

    [Fact]
    public async Task The_last_time_that_a_caller_can_name_is_kept_as_the_last_that_the_queue_knows()
    {
        var id = await Storage.WriteAsync(Mail.ToThree(), DateTimeOffset.MaxValue);
        var second = await Storage.WriteAsync(Mail.ToThree(), TimeSpan.MaxValue);

        await Storage.SweepAsync(Soon);

        Assert.Equal(new[] { id, second }.Order(), (await LoadedAsync()).Order());
        Assert.Equal(MessageState.Scheduled, (await Storage.InspectAsync(id)).Listing.State);
        await Storage.RetryNowAsync(id);
        await using var entry = await NextAsync();
        Assert.Equal(id, entry.Id);
    }

    [Theory]
    [InlineData("")]
    [InlineData("not an id")]
    [InlineData("0-UPPER")]
    [InlineData("\u00ff\u00fe\n")]
    [InlineData("7-0000000000000000000000000z")]
    public async Task An_entry_of_the_schedule_that_is_no_message_is_removed_and_blocks_no_other(string member)
    {
        var healthy = await Storage.WriteAsync(Mail.ToThree(), TimeSpan.FromMilliseconds(200));
        var partition = HomeOf(healthy);
        await LuaAsync("redis.call('ZADD', KEYS[1], 1, ARGV[1])", partition.Schedule, member);

        await using var entry = await NextAsync();
        await LuaAsync("if redis.call('ZSCORE', KEYS[1], ARGV[1]) then return redis.error_reply('still there') end", partition.Schedule, member);

        Assert.Equal(healthy, entry.Id);
    }

    [Theory]
    [InlineData("fence", "abc")]
    [InlineData("fence", "-7")]
    [InlineData("fence", "9223372036854775807")]
    [InlineData("bytes", "abc")]
    [InlineData("bytes", "-1000000")]
    [InlineData("bytes", "9223372036854775807")]
    [InlineData("version", "abc")]
    [InlineData("partitions", "abc")]
    [InlineData("partitions", "1000000")]
    [InlineData("partitions", "-1")]
    public async Task A_damaged_field_of_the_state_is_mended_and_stops_no_mail(string field, string value)
    {
        var first = await Storage.WriteAsync(Mail.ToThree());
        foreach (var state in Enumerable.Range(0, server.Partitions).Select(i => new Partition(_prefix, i).State))
            await LuaAsync("redis.call('HSET', KEYS[1], ARGV[1], ARGV[2])", state, field, value);
        var limited = NewStorage(o => o.MaxBytes = 1_000_000);

        var second = await limited.WriteAsync(Mail.ToThree());
        var entries = await NextAsync(2, limited);

        Assert.Equal(new[] { first, second }.Order(), entries.Select(e => e.Id).Order());
        foreach (var entry in entries)
            await entry.SettleAsync(Settlement.Retry(TimeSpan.FromHours(1)) with { Attempt = Mail.Attempt() });
        await limited.CheckServerAsync();
        Assert.Equal(2, (await limited.CountAsync()).Scheduled);
        foreach (var entry in entries)
            await limited.RemoveAsync(entry.Id);
        await using var connection = await ConnectionMultiplexer.ConnectAsync(server.Settings);
        Assert.Equal(server.Partitions, (int)await connection.GetDatabase().HashGetAsync(new Partition(_prefix, 0).State, "partitions"));
    }

    [Theory]
    [InlineData("abc")]
    [InlineData("||")]
    [InlineData("1|99999999999999999999|dead")]
    [InlineData("1|abc|dead")]
    public async Task A_damaged_lease_costs_its_message_no_more_than_the_lease(string lease)
    {
        var id = await Storage.WriteAsync(Mail.ToThree());
        await LuaAsync("redis.call('HSET', KEYS[1], ARGV[1], ARGV[2])", HomeOf(id).Leases, id, lease);

        Assert.Equal(1, (await Storage.CountAsync()).Due);
        Assert.Equal(MessageState.Due, (await Storage.InspectAsync(id)).Listing.State);
        await using var entry = await NextAsync();
        await Storage.RemoveAsync(id, entry.Lease);
    }

    [Theory]
    [InlineData("redis.call('SET', KEYS[1], 'x')")]
    [InlineData("redis.call('RPUSH', KEYS[1], 'not json', '{}', 'null')")]
    [InlineData("redis.call('RPUSH', KEYS[1], '{\"started\":\"2026-01-01T00:00:00Z\",\"duration\":\"00:00:01\",\"worker\":\"w\",\"outcomes\":[null]}')")]
    [InlineData("redis.call('RPUSH', KEYS[1], '{\"started\":\"2026-01-01T00:00:00Z\",\"duration\":\"00:00:01\",\"worker\":\"w\",\"outcomes\":[{\"outcome\":99,\"recipients\":\"0\"}]}')")]
    [InlineData("redis.call('RPUSH', KEYS[1], '{\"started\":\"2026-01-01T00:00:00Z\",\"duration\":\"00:00:01\",\"worker\":\"w\",\"outcomes\":[{\"outcome\":\"Delivered\",\"recipients\":\"0-999999,0-999999\"}]}')")]
    public async Task Damaged_attempt_records_are_in_the_way_of_nothing(string damage)
    {
        var id = await Storage.WriteAsync(Mail.ToThree());
        await LuaAsync(damage, HomeOf(id).Attempts(id));

        Assert.NotNull((await Storage.InspectAsync(id)).Listing.Problem);
        await using (var entry = await NextAsync())
            await entry.SettleAsync(Settlement.Retry(TimeSpan.FromHours(1)) with { Attempt = Mail.Attempt() });

        var details = await Storage.InspectAsync(id);
        Assert.Equal((1, MessageState.Scheduled), (details.Listing.Message!.Attempts, details.Listing.State));
        Assert.Single(details.Attempts);
        await Storage.RemoveAsync(id);
    }

    [Theory]
    [InlineData("redis.call('SET', KEYS[1], 'abc', 'PX', 60000)")]
    [InlineData("redis.call('RPUSH', KEYS[1], 'x')")]
    public async Task A_damaged_idempotency_record_refuses_its_own_message_and_no_other(string damage)
    {
        var key = "key-" + _prefix;
        var options = new WriteOptions { IdempotencyKey = key };
        var hash = Convert.ToHexStringLower(System.Security.Cryptography.SHA256.HashData(System.Text.Encoding.UTF8.GetBytes(key)))[..32];
        foreach (var partition in Enumerable.Range(0, server.Partitions).Select(i => new Partition(_prefix, i)))
            await LuaAsync(damage, partition.Idempotency(hash));

        var writes = Enumerable.Range(0, 20).Select(i => Storage.WriteAsync(Mail.ToThree(), options: i == 7 ? options : null)).ToList();

        // Garnet takes a key of another type for none.
        var refused = await Record.ExceptionAsync(() => writes[7]);
        Assert.True(refused is null or QueueFormatException, $"{refused}");
        await Task.WhenAll(writes.Where((_, i) => i != 7));
        Assert.Equal(refused is null ? 20 : 19, (await Storage.CountAsync()).Total);
    }

    [Fact]
    public async Task A_key_of_the_queue_that_is_of_another_type_is_told_and_mail_flows_once_it_is_right()
    {
        var partition = new Partition(_prefix, 0);
        var id = await Storage.WriteAsync(Mail.ToThree());
        foreach (var key in new[] { partition.Leases, partition.Held, partition.State, partition.Schedule })
        {
            if (HomeOf(id).Index != 0)
                return;
            await LuaAsync("if redis.call('EXISTS', KEYS[1]) == 1 then redis.call('RENAME', KEYS[1], KEYS[2]) end redis.call('RPUSH', KEYS[1], 'x')", [key, key.Append("-kept")]);
            var next = NextAsync();
            while (Storage.Problem is null)
                await Task.Delay(TimeSpan.FromMilliseconds(20), TimeProvider.System, Soon);
            Assert.Contains("type", Storage.Problem, StringComparison.Ordinal);
            Assert.False(next.IsCompleted);

            await LuaAsync("redis.call('DEL', KEYS[1]) if redis.call('EXISTS', KEYS[2]) == 1 then redis.call('RENAME', KEYS[2], KEYS[1]) end", [key, key.Append("-kept")]);

            await using (var entry = await next)
                Assert.Equal(id, entry.Id);
            Assert.Null(Storage.Problem);
        }
    }

    private Partition HomeOf(string id) => new(_prefix, Partition.IndexOf(id)!.Value);

    private Task LuaAsync(string script, RedisKey key, params RedisValue[] arguments) => LuaAsync(script, [key], arguments);

    // On Garnet a plain write beside scripts that are transactions is not safe.
    private async Task LuaAsync(string script, RedisKey[] keys, params RedisValue[] arguments)
    {
        await using var connection = await ConnectionMultiplexer.ConnectAsync(server.Settings);
        await connection.GetDatabase().ScriptEvaluateAsync(script, keys, arguments);
    }
}
