using System.Text;
using Microsoft.Extensions.DependencyInjection;
using Slimta.Storage;
using Slimta.Tests.Client;
using Slimta.Tests.Mailbox;

namespace Slimta.Tests.Relay;

[Collection("relay")]
public class DeliveryTests(RedisServer redis)
{
    private Task<RelayHost> RelayToAsync(MailboxHost mailbox, Dictionary<string, string?>? settings = null)
    {
        settings ??= [];
        settings["Relay:Smarthost"] = mailbox.Address;
        return RelayHost.StartAsync(redis.Process.ConnectionString, settings);
    }

    [Fact]
    public async Task A_relay_that_has_slept_through_its_lease_does_not_end_what_it_was_sending()
    {
        var time = new SleepingTime();
        await using var server = new ScriptedServer(
            ClientUnderTest.Hello + "C: MAIL FROM:<a@a.test>\nC: RCPT TO:<b@b.test>\nC: DATA\nWAIT\nS: 250 ok\nS: 250 ok\nS: 354 go\nHANG",
            ClientUnderTest.Hello + ClientUnderTest.MailToOne + "C: ...\nS: 250 ok\nHANG");
        await using var relay = await RelayHost.StartAsync(redis.Process.ConnectionString,
            new() { ["Relay:Smarthost"] = $"{server.Address}" }, services => services.AddSingleton<TimeProvider>(time));
        await relay.WriteAsync("a@a.test", "b@b.test");
        await server.Hanging.WaitAsync();
        // Its timers did not fire meanwhile: it was not told.
        time.Sleep(new QueueOptions().Lease);
        server.Go.Release();

        // The server has not slept: to it the lease is good, and the message may be given back.
        Assert.Equal("postponed", (await relay.SettledAsync()).Settlement);
        Assert.Equal("done", (await relay.SettledAsync()).Settlement);
        Assert.Single(server.Contents);
    }

    /// <summary>As a process that is stopped and goes on sees it.</summary>
    private sealed class SleepingTime : TimeProvider
    {
        private long _slept;

        public override long GetTimestamp() => base.GetTimestamp() + Volatile.Read(ref _slept);

        public void Sleep(TimeSpan time) => Interlocked.Add(ref _slept, (long)(time.TotalSeconds * TimestampFrequency));
    }

    [Fact]
    public async Task A_message_in_the_queue_reaches_its_next_hop_and_leaves_the_queue()
    {
        await using var mailbox = await MailboxHost.StartAsync();
        await using var relay = await RelayToAsync(mailbox);
        var id = await relay.WriteAsync("a@a.test", "b@b.test", "c@c.test");

        var arrived = await mailbox.ArrivedAsync();
        Assert.Equal((id, "done"), await relay.SettledAsync());
        Assert.Equal(Mail.Text, arrived.Content.Latin1());
        Assert.Equal(("a@a.test", "b@b.test c@c.test"), (arrived.Sender, string.Join(' ', arrived.Recipients)));
        Assert.Equal(0, (await relay.Operator.CountAsync()).Total);
    }

    [Fact]
    public async Task Each_recipient_has_its_own_outcome_and_only_the_open_one_stays()
    {
        await using var mailbox = await MailboxHost.StartAsync();
        await using var relay = await RelayToAsync(mailbox);
        var id = await relay.WriteAsync("a@a.test", "good@b.test", "tempfail@b.test", "permfail@b.test");

        Assert.Equal("deferred", await relay.SettledAsync(id));
        Assert.Equal(["good@b.test"], (await mailbox.ArrivedAsync()).Recipients);
        var left = await relay.Queue.GetAsync(id);
        Assert.Equal((1, "tempfail@b.test", 1), (left.Envelope.Recipients.Count, left.Envelope.Recipients[0].Address, left.Attempts));

        var attempt = Assert.Single((await relay.Operator.InspectAsync(id)).Attempts);
        Assert.Equal(
            [(0, DeliveryOutcome.Delivered), (1, DeliveryOutcome.Transient), (2, DeliveryOutcome.Permanent)],
            attempt.Recipients.Select(r => (r.Index, r.Outcome)));
        Assert.Equal("450 4.2.0 Not now, as you asked", attempt.Recipients[1].Reply);
        Assert.Equal(mailbox.Address, attempt.Recipients[1].Address);

        // The sender hears of the one that failed, from the null sender.
        var bounce = await mailbox.ArrivedAsync();
        Assert.Equal(("", "a@a.test"), (bounce.Sender, Assert.Single(bounce.Recipients)));
        Assert.Contains("550 5.1.1 Never, as you asked", bounce.Content.Latin1(), StringComparison.Ordinal);
        Assert.DoesNotContain("tempfail@b.test", bounce.Content.Latin1(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_report_that_could_not_be_delivered_is_not_reported()
    {
        await using var mailbox = await MailboxHost.StartAsync();
        await using var relay = await RelayToAsync(mailbox);
        await relay.WriteAsync("", "permfail@b.test");
        Assert.Equal("done", (await relay.SettledAsync()).Settlement);
        Assert.Equal((0, 0), (mailbox.Store.Total, (await relay.Operator.CountAsync()).Total));
    }

    [Fact]
    public async Task Without_reports_a_failure_is_only_logged()
    {
        await using var mailbox = await MailboxHost.StartAsync();
        await using var relay = await RelayToAsync(mailbox, new() { ["Relay:Bounces:Enabled"] = "false" });
        await relay.WriteAsync("a@a.test", "permfail@b.test");
        Assert.Equal("done", (await relay.SettledAsync()).Settlement);
        Assert.Equal((0, 0), (mailbox.Store.Total, (await relay.Operator.CountAsync()).Total));
        Assert.Contains(relay.Log, line => line.StartsWith("Warning", StringComparison.Ordinal) && line.Contains(": 1 recipient failed permanently", StringComparison.Ordinal));
    }

    [Theory]
    [InlineData("Retry", "deferred", MessageState.Scheduled)]
    [InlineData("Hold", "held", MessageState.Held)]
    [InlineData("AssumeDelivered", "done", null)]
    public async Task When_the_reply_to_the_dot_never_comes_the_setting_decides(string setting, string settlement, MessageState? state)
    {
        await using var mailbox = await MailboxHost.StartAsync();
        await using var relay = await RelayToAsync(mailbox, new() { ["Relay:Unknown"] = setting });
        var id = await relay.WriteAsync("a@a.test", "drop-after-dot@b.test");

        Assert.Equal((id, settlement), await relay.SettledAsync());
        Assert.Contains(relay.Log, line => line.Contains("whether it arrived is unknown", StringComparison.Ordinal));
        if (state is null)
        {
            Assert.Equal(0, (await relay.Operator.CountAsync()).Total);
            return;
        }
        var (listing, attempts) = await relay.Operator.InspectAsync(id);
        Assert.Equal(state, listing.State);
        Assert.Equal(DeliveryOutcome.Unknown, Assert.Single(Assert.Single(attempts).Recipients).Outcome);
    }

    [Fact]
    public async Task Many_recipients_go_in_transactions_of_a_hundred()
    {
        await using var mailbox = await MailboxHost.StartAsync();
        await using var relay = await RelayToAsync(mailbox);
        await relay.WriteAsync("a@a.test", [.. Enumerable.Range(0, 250).Select(i => $"b{i}@b.test")]);
        Assert.Equal("done", (await relay.SettledAsync()).Settlement);
        Assert.Equal([100, 100, 50], mailbox.Store.List().Reverse().Select(message => message.Recipients.Count));
    }

    [Fact]
    public async Task A_server_that_takes_few_recipients_at_once_gets_the_others_right_after()
    {
        await using var server = new ScriptedServer(ClientUnderTest.Hello + """
            C: MAIL FROM:<a@a.test>
            C: RCPT TO:<b@b.test>
            C: RCPT TO:<c@b.test>
            C: DATA
            S: 250 ok
            S: 250 ok
            S: 452 4.5.3 too many
            S: 354 go
            C: ...
            S: 250 ok

            """ + ClientUnderTest.MailToOne.Replace("b@b", "c@b", StringComparison.Ordinal) + "C: ...\nS: 250 ok\nHANG");
        await using var relay = await RelayHost.StartAsync(
            redis.Process.ConnectionString, new() { ["Relay:Smarthost"] = $"{server.Address}", ["Relay:Timeouts:Quit"] = "00:00:00.100" });
        await relay.WriteAsync("a@a.test", "b@b.test", "c@b.test");
        Assert.Equal("done", (await relay.SettledAsync()).Settlement);
    }

    [Fact]
    public async Task A_next_hop_that_does_not_resolve_is_loud_and_tried_again()
    {
        await using var relay = await RelayHost.StartAsync(redis.Process.ConnectionString, new() { ["Relay:Smarthost"] = "nowhere.invalid:25" });
        var id = await relay.WriteAsync("a@a.test", "b@b.test");
        Assert.Equal((id, "deferred"), await relay.SettledAsync());
        Assert.Contains(relay.Log, line => line.StartsWith("Error", StringComparison.Ordinal) && line.Contains("nowhere.invalid", StringComparison.Ordinal));
    }

    [Fact]
    public async Task A_delivery_that_throws_is_tried_again_and_holds_nothing()
    {
        await using var relay = await RelayHost.StartAsync(redis.Process.ConnectionString, services: services => services.AddSingleton<IDelivery>(new Throwing()));
        var id = await relay.WriteAsync("a@a.test", "b@b.test");
        Assert.Equal((id, "deferred"), await relay.SettledAsync());
        Assert.Equal(DeliveryOutcome.Transient, Assert.Single(Assert.Single((await relay.Operator.InspectAsync(id)).Attempts).Recipients).Outcome);
    }

    private sealed class Throwing : IDelivery
    {
        public Task<IReadOnlyList<RecipientResult>> DeliverAsync(DeliveryContext context) =>
            throw new InvalidOperationException("a fault of it");
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task Mail_for_later_and_mail_released_from_hold_do_not_expire_at_their_first_refusal(bool held)
    {
        await using var mailbox = await MailboxHost.StartAsync();
        await using var relay = await RelayToAsync(mailbox);
        var old = Mail.From("a@a.test", "tempfail@b.test") with { Received = TimeProvider.System.GetUtcNow() - TimeSpan.FromDays(6) };
        var id = await relay.Queue.WriteAsync(old, held ? TimeSpan.FromDays(1) : TimeSpan.FromSeconds(1));
        if (held)
        {
            await relay.Operator.HoldAsync(id, "to be looked at");
            await relay.Operator.ReleaseHoldAsync(id);
        }
        Assert.Equal((id, "deferred"), await relay.SettledAsync());
    }

    [Fact]
    public async Task A_message_without_open_recipients_is_held_with_its_reason()
    {
        await using var mailbox = await MailboxHost.StartAsync();
        await using var relay = await RelayToAsync(mailbox);
        var id = await relay.Queue.WriteAsync(Mail.From("a@a.test", "b@b.test"), TimeSpan.FromHours(1));
        await relay.Queue.SetRecipientsDeliveredAsync(id, [0]);
        await relay.Queue.SetTimestampAsync(id, Due.Now);
        Assert.Equal((id, "held"), await relay.SettledAsync());
        Assert.Contains("no recipient", (await relay.Operator.InspectAsync(id)).Listing.HoldReason!, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_message_whose_content_is_gone_is_held_and_the_next_goes_on()
    {
        await using var mailbox = await MailboxHost.StartAsync();
        await using var relay = await RelayToAsync(mailbox, new() { ["Storage:Prefix"] = "gone:", ["Storage:InlineBytes"] = "10" });
        await using var writer = relay.Queue.BeginWrite();
        await writer.WriteAsync(Encoding.ASCII.GetBytes(Mail.Text));
        var id = await writer.CommitAsync(Mail.From("a@a.test", "b@b.test") with { Content = MessageContent.None }, TimeSpan.FromHours(1));
        var keys = await redis.Process.CommandAsync("EVAL", "for _, k in ipairs(redis.call('KEYS', '*gone:*content*')) do redis.call('DEL', k) end return #redis.call('KEYS', '*gone:*')", 0);
        Assert.NotEqual("0", keys);
        await relay.Queue.SetTimestampAsync(id, Due.Now);

        Assert.Equal((id, "held"), await relay.SettledAsync());
        await relay.WriteAsync("a@a.test", "b@b.test");
        Assert.Equal(["b@b.test"], (await mailbox.ArrivedAsync()).Recipients);
    }
}
