using Microsoft.Extensions.DependencyInjection;
using Slimta.Storage;
using Slimta.Storage.Redis;
using Slimta.Tests.Mailbox;
using StackExchange.Redis;

namespace Slimta.Tests.Relay;

/// <summary>What operators' rules make of mail.</summary>
[Collection("relay")]
public sealed class RuleTests(RedisServer redis) : IAsyncLifetime
{
    private readonly string _prefix = $"t{Guid.NewGuid():N}:";
    private RedisStorage _queue = null!;
    private MailboxHost _mailbox = null!;

    public async Task InitializeAsync()
    {
        _queue = new RedisStorage(ConfigurationOptions.Parse(redis.Process.ConnectionString), new QueueOptions { Prefix = _prefix });
        _mailbox = await MailboxHost.StartAsync(new() { ["Mailbox:MaxMessages"] = "10000" });
    }

    public async Task DisposeAsync()
    {
        await _mailbox.DisposeAsync();
        await _queue.DisposeAsync();
    }

    /// <summary>It knows the rules that stand when it starts.</summary>
    private Task<RelayHost> StartAsync(Dictionary<string, string?>? settings = null) => RelayHost.StartAsync(redis.Process.ConnectionString,
        new(settings ?? []) { ["Relay:Smarthost"] = _mailbox.Address }, prefix: _prefix);

    /// <summary>A relay may meet a message before it learns that its pause has ended: then it comes once more, at once.</summary>
    private static async Task DoneAsync(RelayHost relay, string id)
    {
        while (await relay.SettledAsync(id) is var settled and not "done")
            Assert.Equal("postponed", settled);
    }

    private Task<QueueRule> RuleAsync(RuleAction action, string? domain = null, string? sender = null) => _queue.Rules.AddAsync(new()
    {
        Action = action,
        Domain = domain,
        Sender = sender,
        Author = "ann",
        Reason = "their disk is full",
        Created = TimeProvider.System.GetUtcNow(),
    });

    [Fact]
    public async Task Mail_for_a_paused_domain_waits_untried_while_others_flow_and_goes_when_it_is_resumed()
    {
        var rule = await RuleAsync(RuleAction.Pause, "paused.test");
        await using var relay = await StartAsync();
        var id = await relay.WriteAsync("a@a.test", "b@paused.test");
        Assert.Equal("postponed", await relay.SettledAsync(id));
        await relay.WriteAsync("a@a.test", "b@free.test");
        Assert.Equal("b@free.test", Assert.Single((await _mailbox.ArrivedAsync()).Recipients));
        var waiting = await relay.Operator.InspectAsync(id);
        Assert.Equal((MessageState.Scheduled, 0, 0), (waiting.Listing.State, waiting.Listing.Message!.Attempts, waiting.Attempts.Count));

        await _queue.Rules.RemoveAsync(rule.Id);

        Assert.Equal("b@paused.test", Assert.Single((await _mailbox.ArrivedAsync()).Recipients));
        await DoneAsync(relay, id);
        Assert.Equal(0, (await relay.Operator.CountAsync()).Total);
    }

    [Fact]
    public async Task Paused_mail_that_could_not_be_noted_for_the_end_of_the_pause_is_looked_at_again_soon()
    {
        var rule = await RuleAsync(RuleAction.Pause, "paused.test");
        await using (var other = await ConnectionMultiplexer.ConnectAsync(redis.Process.ConnectionString))
            await other.GetDatabase().StringSetAsync($"{{{_prefix}0}}:parked:{rule.Id}", "in the way");
        await using var relay = await StartAsync();
        var before = TimeProvider.System.GetUtcNow();
        var id = await relay.WriteAsync("a@a.test", "b@paused.test");
        Assert.Equal("postponed", await relay.SettledAsync(id));
        // Noted, it would wait for half an hour or more.
        Assert.InRange((await relay.Operator.InspectAsync(id)).Listing.Timestamp, before, TimeProvider.System.GetUtcNow().AddMinutes(2));
    }

    [Fact]
    public async Task What_a_rule_dropped_is_in_the_history_with_who_set_it_and_why()
    {
        var rule = await RuleAsync(RuleAction.Drop, "drop.test");
        await using var relay = await StartAsync();
        var whole = await relay.WriteAsync("a@a.test", "b@drop.test");
        Assert.Equal("done", await relay.SettledAsync(whole));
        var part = await relay.WriteAsync("a@a.test", "b@drop.test", "c@free.test");
        Assert.Equal("done", await relay.SettledAsync(part));

        var dropped = (await _queue.FindEndedAsync(whole))!;
        var mixed = (await _queue.FindEndedAsync(part))!;

        Assert.Equal((EndOutcome.Dropped, "ann", $"rule {rule.Id}: their disk is full"), (dropped.Outcome, dropped.By, dropped.Reason));
        Assert.Equal(EndOutcome.Delivered, mixed.Outcome);
        Assert.Equal([EndOutcome.Dropped, EndOutcome.Delivered], mixed.Recipients.Select(r => r.Outcome));
        Assert.Equal([part, whole], (await _queue.FindEndedAsync(new HistoryFilter { Domain = "drop.test", Outcome = EndOutcome.Dropped })).Messages.Select(m => m.Id));
    }

    [Fact]
    public async Task Many_messages_for_a_paused_domain_take_no_room_from_others()
    {
        await RuleAsync(RuleAction.Pause, "*.paused.test");
        await Task.WhenAll(Enumerable.Range(0, 300).Select(i => _queue.WriteAsync(Mail.From("a@a.test", $"b{i}@d{i}.paused.test"))));
        await Task.WhenAll(Enumerable.Range(0, 100).Select(i => _queue.WriteAsync(Mail.From("a@a.test", $"b{i}@free.test"))));
        await using var relay = await StartAsync(new() { ["Relay:Concurrency"] = "2" });

        for (var i = 0; i < 100; i++)
            Assert.EndsWith("@free.test", Assert.Single((await _mailbox.ArrivedAsync()).Recipients), StringComparison.Ordinal);

        // Each was looked at once, and comes back much later.
        for (var settled = 0; settled < 400;)
            settled += (await relay.SettledAsync()).Settlement is "postponed" or "done" ? 1 : 0;
        var counts = await relay.Operator.CountAsync();
        Assert.Equal((0, 300, 0), (counts.Due, counts.Scheduled, counts.Held));
    }

    [Fact]
    public async Task Of_a_message_to_several_domains_only_the_paused_one_waits()
    {
        var rule = await RuleAsync(RuleAction.Pause, "paused.test");
        await using var relay = await StartAsync();
        var id = await relay.WriteAsync("a@a.test", "b@paused.test", "b@free.test", "tempfail@free.test");
        Assert.Equal("b@free.test", Assert.Single((await _mailbox.ArrivedAsync()).Recipients));
        Assert.Equal("deferred", await relay.SettledAsync(id));

        await _queue.Rules.RemoveAsync(rule.Id);

        Assert.Equal("b@paused.test", Assert.Single((await _mailbox.ArrivedAsync()).Recipients));
    }

    [Fact]
    public async Task Old_mail_is_not_bounced_while_it_is_paused_and_gets_its_try_afterwards()
    {
        var rule = await RuleAsync(RuleAction.Pause, "paused.test");
        await using var relay = await StartAsync();
        var id = await relay.Queue.WriteAsync(Mail.From("a@a.test", "b@paused.test") with { Received = TimeProvider.System.GetUtcNow().AddDays(-30) });
        Assert.Equal("postponed", await relay.SettledAsync(id));
        await _queue.Rules.RemoveAsync(rule.Id);
        Assert.Equal("b@paused.test", Assert.Single((await _mailbox.ArrivedAsync()).Recipients));
        await DoneAsync(relay, id);
    }

    [Fact]
    public async Task A_paused_queue_starts_nothing_and_goes_on_when_it_is_resumed()
    {
        var rule = await RuleAsync(RuleAction.Pause);
        await using var relay = await StartAsync();
        var id = await relay.WriteAsync("a@a.test", "b@b.test");
        var rules = relay.Services.GetRequiredService<IQueueRules>();
        // What it knows is a question: nothing tells of its change.
        while (rules.Current.QueuePause != rule)
            await Task.Delay(TimeSpan.FromMilliseconds(20), TimeProvider.System);
        Assert.Equal((1, 0), ((int)(await relay.Operator.CountAsync()).Due, _mailbox.Store.Total));

        await _queue.Rules.RemoveAsync(rule.Id);

        Assert.Equal("done", await relay.SettledAsync(id));
    }

    [Theory]
    [InlineData("bad.test", null)]
    [InlineData(null, "@NEWS.test")]
    [InlineData(null, "letters@news.test")]
    [InlineData("*", "@news.test")]
    [InlineData("bad.test", "@news.test")]
    public async Task A_rule_holds_what_it_matches_with_its_author_and_reason_and_nothing_else(string? domain, string? sender)
    {
        var rule = await RuleAsync(RuleAction.Hold, domain, sender);
        await using var relay = await StartAsync();
        var held = await relay.WriteAsync("letters@news.test", "b@bad.test");
        Assert.Equal("held", await relay.SettledAsync(held));
        Assert.Equal("done", await relay.SettledAsync(await relay.WriteAsync("other@other.test", "b@good.test")));
        var message = await relay.Operator.InspectAsync(held);
        Assert.Equal((MessageState.Held, 0), (message.Listing.State, message.Attempts.Count));
        Assert.StartsWith($"rule {rule.Id}: mail", message.Listing.HoldReason, StringComparison.Ordinal);
        Assert.Contains("is held by ann since", message.Listing.HoldReason, StringComparison.Ordinal);
        Assert.EndsWith("because: their disk is full", message.Listing.HoldReason, StringComparison.Ordinal);
    }

    [Fact]
    public async Task The_other_recipients_have_a_message_before_it_is_held_for_one()
    {
        await RuleAsync(RuleAction.Hold, "bad.test");
        await using var relay = await StartAsync();
        var id = await relay.WriteAsync("a@a.test", "b@bad.test", "b@good.test");
        Assert.Equal("held", await relay.SettledAsync(id));
        Assert.Equal("b@good.test", Assert.Single((await _mailbox.ArrivedAsync()).Recipients));
        Assert.Equal("b@bad.test", Assert.Single((await relay.Operator.InspectAsync(id)).Listing.Message!.Pending).Address);
    }

    [Fact]
    public async Task A_rule_drops_what_it_matches_without_a_report_and_says_so_in_the_log()
    {
        var rule = await RuleAsync(RuleAction.Drop, sender: "");
        await RuleAsync(RuleAction.Hold);
        await using var relay = await StartAsync();
        Assert.Equal("done", await relay.SettledAsync(await relay.WriteAsync("", "b@b.test")));
        Assert.Equal(0, (await relay.Operator.CountAsync()).Total);
        Assert.Equal(0, _mailbox.Store.Total);
        Assert.Contains(relay.Log, line => line.Contains($"1 recipient dropped by rule {rule.Id}: mail from the null sender is dropped by ann since", StringComparison.Ordinal));
    }

    [Fact]
    public async Task Of_a_message_to_several_domains_only_the_dropped_one_ends()
    {
        await RuleAsync(RuleAction.Drop, "bad.test");
        await using var relay = await StartAsync();
        var id = await relay.WriteAsync("a@a.test", "b@bad.test", "tempfail@good.test");
        Assert.Equal("deferred", await relay.SettledAsync(id));
        var message = await relay.Operator.InspectAsync(id);
        Assert.Equal("tempfail@good.test", Assert.Single(message.Listing.Message!.Pending).Address);
        Assert.Contains(new RecipientOutcome(0, DeliveryOutcome.Dropped), message.Attempts.Single().Recipients.Select(r => r with { Reply = null }));
    }

    [Fact]
    public async Task An_operators_bounce_is_written_also_while_its_destination_is_paused()
    {
        await RuleAsync(RuleAction.Pause, "paused.test");
        await using var relay = await StartAsync();
        var id = await relay.WriteAsync("a@a.test", "b@paused.test");
        Assert.Equal("postponed", await relay.SettledAsync(id));
        await relay.Operator.OrderAsync(id, OperatorOrder.Bounce("closed"));
        Assert.Equal("done", await relay.SettledAsync(id));
        Assert.Equal("a@a.test", Assert.Single((await _mailbox.ArrivedAsync()).Recipients));
    }
}
