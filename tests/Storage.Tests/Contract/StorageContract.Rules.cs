using System.Text;
using Slimta.Storage.Redis;
using StackExchange.Redis;

namespace Slimta.Storage.Tests;

/// <summary>Rules at run time.</summary>
public abstract partial class StorageContract
{
    private static QueueRule Rule(RuleAction action, string? domain = null, string? sender = null, DateTimeOffset? expires = null) => new()
    {
        Action = action,
        Domain = domain,
        Sender = sender,
        Author = "ann",
        Reason = "maintenance",
        Created = DateTimeOffset.UnixEpoch.AddDays(20_000),
        Expires = expires,
    };

    [Fact]
    public async Task A_rule_stands_with_all_that_it_says_until_it_is_removed()
    {
        var until = new DateTimeOffset(2200, 1, 1, 0, 0, 0, TimeSpan.Zero);
        var pause = await Storage.Rules.AddAsync(Rule(RuleAction.Pause, "BÜCHER.example", expires: until), Soon);
        var drop = await NewStorage().Rules.AddAsync(Rule(RuleAction.Drop, "*.spam.example", "News@Bücher.example"), Soon);

        var rules = (await NewStorage().Rules.ReadAsync(Soon)).Rules;

        Assert.Equal([pause, drop], rules.OrderBy(rule => rule.Action));
        Assert.Equal(("xn--bcher-kva.example", until, "ann", "maintenance"), (pause.Domain, pause.Expires, pause.Author, pause.Reason));
        Assert.Equal(("*.spam.example", "news@xn--bcher-kva.example"), (drop.Domain, drop.Sender));
        Assert.Equal(pause, await Storage.Rules.RemoveAsync(pause.Id, Soon));
        Assert.Equal([drop], (await Storage.Rules.ReadAsync(Soon)).Rules);
        await Assert.ThrowsAsync<RuleNotFoundException>(() => Storage.Rules.RemoveAsync(pause.Id, Soon));
        await Storage.Rules.RemoveAsync(drop.Id, Soon);
        await AssertNothingIsLeftAsync();
    }

    [Theory]
    [InlineData("not a domain", null)]
    [InlineData("*.*.example", null)]
    [InlineData("", null)]
    [InlineData(null, "@not a domain")]
    public async Task A_rule_for_what_is_no_domain_is_refused(string? domain, string? sender)
    {
        await Assert.ThrowsAsync<ArgumentException>(() => Storage.Rules.AddAsync(Rule(RuleAction.Hold, domain, sender), Soon));
        Assert.Empty((await Storage.Rules.ReadAsync(Soon)).Rules);
    }

    [Fact]
    public async Task There_are_so_many_rules_and_no_more()
    {
        await Task.WhenAll(Enumerable.Range(0, IQueueRules.Most).Select(i => Storage.Rules.AddAsync(Rule(RuleAction.Hold, $"d{i}.test"), Soon)));
        await Assert.ThrowsAsync<TooManyRulesException>(() => Storage.Rules.AddAsync(Rule(RuleAction.Hold, "more.test"), Soon));
        Assert.Equal(IQueueRules.Most, (await Storage.Rules.ReadAsync(Soon)).Rules.Count);
    }

    [Fact]
    public async Task A_paused_queue_hands_out_nothing_and_goes_on_when_the_pause_is_over()
    {
        var rule = await Storage.Rules.AddAsync(Rule(RuleAction.Pause), Soon);
        var id = await Storage.WriteAsync(Mail.ToThree());
        var consumer = NewStorage();
        var next = NextAsync(consumer);
        // One that did not know of the pause would have it long before it has read the rules twice.
        await RulesReadAsync(consumer);
        await RulesReadAsync(consumer);
        Assert.False(next.IsCompleted);
        Assert.Equal(1, (await Storage.CountAsync(Soon)).Due);

        await Storage.Rules.RemoveAsync(rule.Id, Soon);

        await using var entry = await next;
        Assert.Equal(id, entry.Id);
    }

    [Fact]
    public async Task A_consumer_learns_of_rules_while_it_waits_for_mail()
    {
        var consumer = NewStorage();
        var next = NextAsync(consumer);
        var rule = await Storage.Rules.AddAsync(Rule(RuleAction.Pause, "b.test"), Soon);
        while (!consumer.Rules.Current.Contains(rule.Id))
            await RulesReadAsync(consumer);
        await Storage.Rules.RemoveAsync(rule.Id, Soon);
        while (consumer.Rules.Current.Contains(rule.Id))
            await RulesReadAsync(consumer);
        await Storage.WriteAsync(Mail.ToThree());
        await using var entry = await next;
    }

    [Fact]
    public async Task What_waits_for_the_end_of_a_pause_is_due_when_it_ends_and_nothing_else_is()
    {
        var rule = await Storage.Rules.AddAsync(Rule(RuleAction.Pause, "b.test"), Soon);
        var ids = new List<string>();
        for (var i = 0; i < 3; i++)
            await Storage.WriteAsync(Mail.ToThree());
        foreach (var entry in await NextAsync(3))
        {
            ids.Add(entry.Id);
            await Storage.Rules.ParkAsync(entry.Id, [rule.Id], Soon);
            await Storage.SetTimestampAsync(entry.Id, TimeSpan.FromMinutes(40), entry.Lease, Soon);
        }
        await Storage.WriteAsync(Mail.ToThree(), TimeSpan.FromMinutes(40));
        await Storage.OrderAsync(ids[1], OperatorOrder.Hold("look"));
        await Storage.OrderAsync(ids[2], OperatorOrder.Reschedule(TimeProvider.System.GetUtcNow().AddDays(2)));

        await Storage.Rules.RemoveAsync(rule.Id, Soon);

        Assert.Equal([ids[0]], (await Storage.FindAsync(new() { State = MessageState.Due })).Messages.Select(message => message.Id));
        var counts = await Storage.CountAsync(Soon);
        Assert.Equal((1, 2, 1), (counts.Due, counts.Scheduled, counts.Held));
        foreach (var id in (await Storage.FindAsync(new())).Messages.Select(message => message.Id))
            await Storage.RemoveAsync(id);
        await AssertNothingIsLeftAsync();
    }

    [Theory]
    [InlineData("")]
    [InlineData("!")]
    public async Task A_pause_that_has_expired_or_whose_end_was_cut_short_by_a_crash_is_ended_by_the_next_consumer(string mark)
    {
        await Storage.WriteAsync(Mail.ToThree());
        var entry = await NextAsync();
        await Storage.Rules.ParkAsync(entry.Id, ["0123abcd"], Soon);
        await Storage.SetTimestampAsync(entry.Id, TimeSpan.FromMinutes(40), entry.Lease, Soon);
        var expired = StoredRule.Write(Rule(RuleAction.Pause, "b.test", expires: DateTimeOffset.UnixEpoch.AddDays(20_001)));
        await RawRuleAsync("0123abcd", mark + Encoding.UTF8.GetString(expired));
        Assert.Empty((await Storage.Rules.ReadAsync(Soon)).Rules);
        await Assert.ThrowsAsync<RuleNotFoundException>(() => Storage.Rules.RemoveAsync("0123abcd", Soon));

        await using (var again = await NextAsync(NewStorage()))
        {
            Assert.Equal(entry.Id, again.Id);
            await Storage.RemoveAsync(again.Id, again.Lease);
        }
        await RulesReadAsync(Storage);
        await AssertNothingIsLeftAsync();
    }

    [Fact]
    public async Task What_a_relay_is_about_to_put_off_when_the_pause_ends_is_due_when_it_has()
    {
        var rule = await Storage.Rules.AddAsync(Rule(RuleAction.Pause, "b.test"), Soon);
        await Storage.WriteAsync(Mail.ToThree());
        var entry = await NextAsync();
        await Storage.Rules.ParkAsync(entry.Id, [rule.Id], Soon);
        await NewStorage().Rules.RemoveAsync(rule.Id, Soon);
        while (Storage.Rules.Current.Contains(rule.Id))
            await RulesReadAsync(Storage);
        await Storage.SetTimestampAsync(entry.Id, TimeSpan.FromMinutes(40), entry.Lease, Soon);

        await Storage.Rules.RecheckAsync(entry.Id, [rule.Id], Soon);

        Assert.Equal(1, (await Storage.CountAsync(Soon)).Due);
        await Storage.RemoveAsync(entry.Id);
        await RulesReadAsync(Storage);
        await RulesReadAsync(Storage);
        await AssertNothingIsLeftAsync();
    }

    [Fact]
    public async Task What_a_relay_put_off_when_the_pause_had_just_ended_is_due_though_the_relay_died_then()
    {
        var rule = await Storage.Rules.AddAsync(Rule(RuleAction.Pause, "b.test"), Soon);
        await Storage.WriteAsync(Mail.ToThree());
        var entry = await NextAsync();
        await Storage.Rules.ParkAsync(entry.Id, [rule.Id], Soon);
        await NewStorage().Rules.RemoveAsync(rule.Id, Soon);
        await Storage.SetTimestampAsync(entry.Id, TimeSpan.FromMinutes(40), entry.Lease, Soon);

        await using var again = await NextAsync(NewStorage());
        Assert.Equal(entry.Id, again.Id);
    }

    [Fact]
    public async Task What_a_relay_noted_of_a_pause_that_was_over_and_died_does_not_stay_for_ever()
    {
        var id = await Storage.WriteAsync(Mail.ToThree());
        var pause = await Storage.Rules.AddAsync(Rule(RuleAction.Pause, "b.test"), Soon);
        await NewStorage().Rules.RemoveAsync(pause.Id, Soon);

        await Storage.Rules.ParkAsync(id, [pause.Id], Soon);

        await using var connection = await ConnectionMultiplexer.ConnectAsync(server.Settings);
        var notes = new Partition(_prefix, Partition.IndexOf(id)!.Value).Parked(pause.Id);
        Assert.InRange(await connection.GetDatabase().KeyTimeToLiveAsync(notes) ?? TimeSpan.MaxValue, TimeSpan.FromHours(23), TimeSpan.FromDays(1));
    }

    [Fact]
    public async Task What_is_put_off_by_a_pause_that_has_just_ended_is_due_at_once()
    {
        await Storage.WriteAsync(Mail.ToThree());
        var entry = await NextAsync();
        await Storage.Rules.ParkAsync(entry.Id, ["0123abcd"], Soon);
        await Storage.SetTimestampAsync(entry.Id, TimeSpan.FromMinutes(40), entry.Lease, Soon);
        await Storage.Rules.RecheckAsync(entry.Id, ["0123abcd"], Soon);
        Assert.Equal(1, (await Storage.CountAsync(Soon)).Due);
    }

    [Fact]
    public async Task A_rule_that_cannot_be_read_does_nothing_and_keeps_no_other_from_its_work()
    {
        await RawRuleAsync("damaged", "{");
        var rule = await Storage.Rules.AddAsync(Rule(RuleAction.Pause, "b.test"), Soon);
        Assert.Equal([rule], (await Storage.Rules.ReadAsync(Soon)).Rules);
        Assert.Contains(Storage.Drawbacks, problem => problem.Contains("Rule damaged cannot be read", StringComparison.Ordinal));
        await Storage.WriteAsync(Mail.ToThree());
        await using var entry = await NextAsync();
    }

    private Task RulesReadAsync(RedisStorage consumer) => consumer.RulesReadAsync(Soon);

    private async Task RawRuleAsync(string id, string text)
    {
        await using var connection = await ConnectionMultiplexer.ConnectAsync(server.Settings);
        await connection.GetDatabase().ScriptEvaluateAsync("return redis.call('HSET', KEYS[1], ARGV[1], ARGV[2])", [new Partition(_prefix, 0).Rules], [id, text]);
    }
}
