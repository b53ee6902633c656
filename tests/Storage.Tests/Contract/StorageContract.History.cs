using System.Globalization;
using Slimta.Storage.Redis;
using StackExchange.Redis;

namespace Slimta.Storage.Tests;

/// <summary>What became of messages that have left the queue.</summary>
public abstract partial class StorageContract
{
    private static readonly RecipientOutcome Taken = new(0, DeliveryOutcome.Delivered) { Reply = "250 2.0.0 queued as 77", Host = "mx.example.org", Address = "192.0.2.25:25" };
    private static readonly RecipientOutcome Refused = new(1, DeliveryOutcome.Permanent) { Reply = "550 5.1.1 no such user", Host = "mx.example.org" };
    private static readonly RecipientOutcome Later = new(2, DeliveryOutcome.Transient) { Reply = "451 4.3.0 later", Host = "mx2.example.org" };

    [Fact]
    public async Task A_delivered_message_is_found_with_the_final_reply_for_each_recipient()
    {
        var envelope = Mail.To("a@example.org");
        var id = await Storage.WriteAsync(envelope);
        await EndAsync(Settlement.Remove() with { Completed = [0], Attempt = Mail.Attempt(Taken) });

        var ended = await EndedAsync(id);

        Assert.Equal((EndOutcome.Delivered, 1, false), (ended.Outcome, ended.Message!.Attempts, ended.ContentKept));
        Assert.Equal((envelope.Sender, envelope.Received, envelope.Client, (long)Mail.Content.Length), (ended.Message.Sender, ended.Message.Received, ended.Message.Client, ended.Message.Size));
        Assert.InRange(ended.Ended, TimeProvider.System.GetUtcNow().AddMinutes(-5), TimeProvider.System.GetUtcNow().AddMinutes(5));
        var recipient = Assert.Single(ended.Recipients);
        Assert.Equal(("a@example.org", EndOutcome.Delivered, Taken), (recipient.Recipient.Address, recipient.Outcome, recipient.Last));
        Assert.Equal("0af7651916cd43dd8448eb211c80319c", Assert.Single(ended.Attempts).TraceId);
        Assert.Null(await NewStorage().FindEndedAsync("0-00000000000000000000000000"));
    }

    [Fact]
    public async Task Each_recipient_has_its_own_end_whichever_attempt_it_came_in()
    {
        var id = await Storage.WriteAsync(Mail.ToThree());
        await EndAsync(Settlement.Retry(TimeSpan.Zero) with { Completed = [0, 1], Failed = [1], Attempt = Mail.Attempt(Taken, Refused, Later) });
        await EndAsync(Settlement.Remove() with { Completed = [2], Failed = [2], Attempt = Mail.Attempt(Later), NewMessages = [new(Mail.To("sender@example.com"))] });

        var ended = await EndedAsync(id);

        Assert.Equal((EndOutcome.Bounced, 2, 2), (ended.Outcome, ended.Message!.Attempts, ended.Attempts.Count));
        Assert.Equal([(EndOutcome.Delivered, Taken), (EndOutcome.Bounced, Refused), (EndOutcome.Bounced, Later)], ended.Recipients.Select(r => (r.Outcome, r.Last!)));
        Assert.Empty(ended.Attempts[0].NewIds);
        Assert.Equal(await LoadedAsync(), ended.Attempts[1].NewIds);
    }

    [Fact]
    public async Task A_failure_of_an_earlier_attempt_makes_it_a_bounce_though_the_last_one_delivered()
    {
        var id = await Storage.WriteAsync(Mail.ToThree());
        await EndAsync(Settlement.Retry(TimeSpan.Zero) with { Completed = [1], Failed = [1], Attempt = Mail.Attempt(Refused) });
        await EndAsync(Settlement.Remove() with { Completed = [0, 2], Attempt = Mail.Attempt(Taken, Taken with { Index = 2 }) });

        var ended = await EndedAsync(id);

        Assert.Equal(EndOutcome.Bounced, ended.Outcome);
        Assert.Equal([EndOutcome.Delivered, EndOutcome.Bounced, EndOutcome.Delivered], ended.Recipients.Select(r => r.Outcome));
    }

    [Fact]
    public async Task A_drop_says_who_ordered_it_and_why_and_what_was_delivered_before_it()
    {
        var id = await Storage.WriteAsync(Mail.ToThree());
        await EndAsync(Settlement.Retry(TimeSpan.FromHours(1)) with { Completed = [0], Attempt = Mail.Attempt(Taken) });
        await Storage.OrderAsync(id, OperatorOrder.DropFor("a \"mailing\"\nthat went wrong") with { By = "ann" });
        var silent = await Storage.WriteAsync(Mail.ToThree());
        await Storage.HoldAsync(silent, "look");
        await Storage.RemoveAsync(silent);
        var byRule = await Storage.WriteAsync(Mail.ToThree());
        await EndAsync(Settlement.Drop("rule 7", "bob"));

        var ended = await EndedAsync(id);

        Assert.Equal((EndOutcome.Dropped, "ann", "a \"mailing\"\nthat went wrong"), (ended.Outcome, ended.By, ended.Reason));
        Assert.Equal([EndOutcome.Delivered, EndOutcome.Dropped, EndOutcome.Dropped], ended.Recipients.Select(r => r.Outcome));
        Assert.Equal((EndOutcome.Dropped, null), ((await EndedAsync(silent)).Outcome, (await EndedAsync(silent)).By));
        Assert.Equal((EndOutcome.Dropped, "bob", "rule 7"), ((await EndedAsync(byRule)).Outcome, (await EndedAsync(byRule)).By, (await EndedAsync(byRule)).Reason));
    }

    [Fact]
    public async Task What_was_held_for_too_long_ends_as_a_bounce_that_says_so()
    {
        var id = await Storage.WriteAsync(Mail.ToThree());
        await Storage.HoldAsync(id, "look");

        await Storage.ExpireHeldAsync(id, TimeProvider.System.GetUtcNow().AddHours(1), []);

        var ended = await EndedAsync(id);
        Assert.Equal((EndOutcome.Bounced, "it was held for too long"), (ended.Outcome, ended.Reason));
        Assert.All(ended.Recipients, r => Assert.Equal(EndOutcome.Bounced, r.Outcome));
    }

    [Fact]
    public async Task The_newest_come_first_over_all_partitions_and_pages_give_each_once()
    {
        var written = await Task.WhenAll(Enumerable.Range(0, 130).Select(i => Storage.WriteAsync(Mail.To($"r{i}@example.org"))));
        await Task.WhenAll((await NextAsync(130)).Select(entry => entry.SettleAsync(Settlement.Remove() with { Completed = [0], Attempt = Mail.Attempt(Taken) })));

        var found = await AllEndedAsync(new(), limit: 7);

        Assert.Equal(written.Order(), found.Select(e => e.Id).Order());
        Assert.Equal(found.OrderByDescending(e => e.Ended).Select(e => e.Ended), found.Select(e => e.Ended));
        Assert.Equal(0, (await Storage.CountAsync()).Bytes);
    }

    [Fact]
    public async Task A_filter_finds_by_sender_recipient_domain_outcome_id_and_age()
    {
        await Storage.WriteAsync(Mail.To("ann@here.test", "bob@there.test", "eve@sub.here.test") with { Subject = "Your order 7", MessageId = "7@shop.test" });
        await EndAsync(Settlement.Remove() with { Completed = [0, 1, 2], Failed = [1], Attempt = Mail.Attempt(Taken, Refused, Taken with { Index = 2 }) });
        var other = await Storage.WriteAsync(Mail.To("ann@here.test") with { Sender = "" });
        await Storage.RemoveAsync(other);

        async Task<int> Count(HistoryFilter filter) => (await AllEndedAsync(filter)).Count;
        Assert.Equal(2, await Count(new()));
        Assert.Equal(1, await Count(new() { Sender = "SENDER@example.com" }));
        Assert.Equal(1, await Count(new() { Sender = "@example.com" }));
        Assert.Equal(1, await Count(new() { Sender = "" }));
        Assert.Equal(2, await Count(new() { Recipient = "ann@HERE.test" }));
        Assert.Equal(1, await Count(new() { Domain = "*.here.test" }));
        Assert.Equal(1, await Count(new() { Outcome = EndOutcome.Bounced }));
        Assert.Equal(1, await Count(new() { Outcome = EndOutcome.Bounced, Domain = "there.test" }));
        // Of that message this recipient was delivered.
        Assert.Equal(0, await Count(new() { Outcome = EndOutcome.Bounced, Domain = "here.test" }));
        Assert.Equal(1, await Count(new() { Outcome = EndOutcome.Delivered, Domain = "here.test" }));
        Assert.Equal(1, await Count(new() { Subject = "7 order" }));
        Assert.Equal(0, await Count(new() { Subject = "8" }));
        Assert.Equal(1, await Count(new() { MessageId = "<7@SHOP.test>" }));
        Assert.Equal(1, await Count(new() { Id = other }));
        Assert.Equal(0, await Count(new() { Id = other, Outcome = EndOutcome.Bounced }));
        Assert.Equal(2, await Count(new() { YoungerThan = TimeSpan.FromHours(1) }));
        Assert.Equal(0, await Count(new() { OlderThan = TimeSpan.FromHours(1) }));
        Assert.Equal(0, await Count(new() { Id = "no id" }));
        var page = await Storage.FindEndedAsync(new(), 1);
        await Assert.ThrowsAsync<InvalidCursorException>(() => Storage.FindEndedAsync(new() { Sender = "" }, 1, page.Cursor));
    }

    [Fact]
    public async Task The_oldest_goes_where_there_are_too_many()
    {
        var few = NewStorage(o => o.HistoryMessages = 3);
        var partition = new Partition(_prefix, 0);
        var ids = new List<string>();
        for (var i = 0; i < 6; i++)
        {
            var id = await few.WriteAsync(Mail.ToThree());
            await few.RemoveAsync(id);
            ids.Add(id);
        }
        await using var connection = await ConnectionMultiplexer.ConnectAsync(server.Settings);
        var database = connection.GetDatabase();
        var kept = (await AllEndedAsync(new(), few)).Select(e => e.Id).ToList();

        Assert.Equal(ids.AsEnumerable().Reverse().GroupBy(Partition.IndexOf).SelectMany(group => group.Take(3)).Order(), kept.Order());
        Assert.InRange(await database.SortedSetLengthAsync(partition.Ended), 0, 3);
        Assert.Equal(await database.SortedSetLengthAsync(partition.Ended), await database.HashLengthAsync(partition.History));
        var bytes = (await database.HashValuesAsync(partition.History)).Sum(value => value.Length());
        Assert.Equal($"{bytes} {await database.SortedSetLengthAsync(partition.Ended)}", await HistoryStateAsync(database, partition));
    }

    [Fact]
    public async Task Where_very_many_are_kept_a_few_go_ahead_of_time_and_never_more_than_a_step_may()
    {
        var many = NewStorage(o => (o.HistoryMessages, o.Partitions) = (640, 1));
        var partition = new Partition(_prefix, 0);
        await using var connection = await ConnectionMultiplexer.ConnectAsync(server.Settings);
        var database = connection.GetDatabase();
        await Task.WhenAll(Enumerable.Range(0, 640).Select(async _ => await many.RemoveAsync(await many.WriteAsync(Mail.ToThree()))));
        Assert.Equal(640, await database.SortedSetLengthAsync(partition.Ended));
        var last = new List<string>();
        for (var i = 0; i < 12; i++)
        {
            var id = await many.WriteAsync(Mail.ToThree());
            await many.RemoveAsync(id);
            last.Add(id);
            Assert.InRange(await database.SortedSetLengthAsync(partition.Ended), 630, 640);
        }
        Assert.Equal(last.AsEnumerable().Reverse(), (await many.FindEndedAsync(new(), 12)).Messages.Select(ended => ended.Id));

        // The limit is lowered: each message that ends takes some of the others along, until it holds.
        var few = NewStorage(o => (o.HistoryMessages, o.Partitions) = (10, 1));
        await few.RemoveAsync(await few.WriteAsync(Mail.ToThree()));
        Assert.InRange(await database.SortedSetLengthAsync(partition.Ended), 150, 260);
        await few.RemoveAsync(await few.WriteAsync(Mail.ToThree()));
        Assert.InRange(await database.SortedSetLengthAsync(partition.Ended), 1, 10);
        Assert.Equal(await database.SortedSetLengthAsync(partition.Ended), await database.HashLengthAsync(partition.History));
    }

    [Fact]
    public async Task The_oldest_goes_where_there_are_too_many_bytes_and_what_is_too_old()
    {
        var small = NewStorage(o => (o.HistoryBytes, o.Partitions) = (64 * 1024, 1));
        var recipients = Enumerable.Range(0, 400).Select(i => $"r{i}@example.org").ToArray();
        for (var i = 0; i < 20; i++)
            await small.RemoveAsync(await small.WriteAsync(Mail.To(recipients)));
        await using var connection = await ConnectionMultiplexer.ConnectAsync(server.Settings);
        var partition = new Partition(_prefix, 0);
        Assert.InRange(long.Parse((await HistoryStateAsync(connection.GetDatabase(), partition)).Split(' ')[0], CultureInfo.InvariantCulture), 32 * 1024, 64 * 1024);

        var brief = NewStorage(o => (o.HistoryAge, o.Partitions) = (TimeSpan.FromMilliseconds(1), 1));
        await brief.RemoveAsync(await brief.WriteAsync(Mail.ToThree()));
        await Task.Delay(TimeSpan.FromMilliseconds(5), TimeProvider.System);
        Assert.Empty(await AllEndedAsync(new(), brief));
        var last = await brief.WriteAsync(Mail.ToThree());
        await brief.RemoveAsync(last);
        Assert.Equal(last, (string?)Assert.Single(await connection.GetDatabase().HashKeysAsync(partition.History)));
    }

    [Fact]
    public async Task Turned_off_it_keeps_nothing()
    {
        foreach (var off in new[] { NewStorage(o => o.HistoryMessages = 0), NewStorage(o => o.HistoryAge = TimeSpan.Zero) })
        {
            var id = await off.WriteAsync(Mail.ToThree());
            await off.RemoveAsync(id);
            Assert.Null(await Storage.FindEndedAsync(id));
        }
    }

    [Fact]
    public async Task A_key_that_is_somebody_elses_or_a_damaged_entry_stops_no_message_from_ending()
    {
        await using var connection = await ConnectionMultiplexer.ConnectAsync(server.Settings);
        var database = connection.GetDatabase();
        var damaged = await Storage.WriteAsync(Mail.ToThree());
        await Storage.RemoveAsync(damaged);
        var partition = new Partition(_prefix, Partition.IndexOf(damaged)!.Value);
        await database.HashSetAsync(partition.History, damaged, "{\"v\":1");
        Assert.NotNull((await EndedAsync(damaged)).Problem);
        Assert.Contains(await AllEndedAsync(new()), e => e.Id == damaged && e.Problem is not null);

        for (var i = 0; i < server.Partitions; i++)
        {
            await database.KeyDeleteAsync([new Partition(_prefix, i).Ended]);
            await database.StringSetAsync(new Partition(_prefix, i).Ended, "mine");
        }
        await Storage.WriteAsync(Mail.ToThree());
        await EndAsync(Settlement.Remove() with { Completed = [0, 1, 2] });
        await Storage.RemoveAsync(await Storage.WriteAsync(Mail.ToThree()));
        await AssertNothingIsLeftAsync();
    }

    /// <summary>Its bytes and its count; behind them stands when it looks at ages again.</summary>
    private static async Task<string> HistoryStateAsync(IDatabase database, Partition partition) =>
        (string?)await database.HashGetAsync(partition.State, "history") is { } state ? string.Join(' ', state.Split(' ')[..2]) : "0 0";

    private async Task EndAsync(Settlement settlement, RedisStorage? storage = null)
    {
        await using var entry = await NextAsync(storage);
        await entry.SettleAsync(settlement);
    }

    private async Task<EndedMessage> EndedAsync(string id) => await Storage.FindEndedAsync(id) ?? throw new KeyNotFoundException(id);

    private async Task<List<EndedMessage>> AllEndedAsync(HistoryFilter filter, RedisStorage? storage = null, int limit = 100)
    {
        var (found, cursor) = (new List<EndedMessage>(), (string?)null);
        do
        {
            var page = await (storage ?? Storage).FindEndedAsync(filter, limit, cursor, Soon);
            found.AddRange(page.Messages);
            cursor = page.Cursor;
        }
        while (cursor is not null);
        return found;
    }

    private Task<List<EndedMessage>> AllEndedAsync(HistoryFilter filter, int limit) => AllEndedAsync(filter, null, limit);
}
