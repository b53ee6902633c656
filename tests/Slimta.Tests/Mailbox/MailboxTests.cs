using System.Net;
using Slimta.Smtp.Client;
using Slimta.Tests.Client;

namespace Slimta.Tests.Mailbox;

public class MailboxTests
{
    private static async Task<RecipientReply> SendAsync(MailboxHost mailbox, string recipient)
    {
        await using var connection = await OpenAsync(mailbox);
        return (await connection.SendAsync(ClientUnderTest.Mail(recipient), default))[0];
    }

    private static Task<SmtpConnection> OpenAsync(MailboxHost mailbox) => SmtpConnection.OpenAsync(
        new SmtpTarget("mailbox.test", IPEndPoint.Parse(mailbox.Address), Security.Opportunistic),
        new ClientSettings { HelloName = "client.test", Timeouts = new ClientTimeouts() }, default);

    [Theory]
    [InlineData("someone@b.test", TransactionOutcome.Delivered, 1)]
    [InlineData("tempfail@b.test", TransactionOutcome.Transient, 0)]
    [InlineData("PermFail+7@b.test", TransactionOutcome.Permanent, 0)]
    [InlineData("drop-before-reply@b.test", TransactionOutcome.Transient, 0)]
    [InlineData("drop-after-dot@b.test", TransactionOutcome.Unknown, 1)]
    public async Task It_plays_what_the_local_part_asks_for(string recipient, object outcome, int kept)
    {
        await using var mailbox = await MailboxHost.StartAsync();
        Assert.Equal(outcome, (await SendAsync(mailbox, recipient)).Outcome);
        Assert.Equal(kept, mailbox.Store.Total);
    }

    [Fact]
    public async Task Greylisting_takes_the_second_try()
    {
        await using var mailbox = await MailboxHost.StartAsync();
        Assert.Equal(TransactionOutcome.Transient, (await SendAsync(mailbox, "greylist@b.test")).Outcome);
        Assert.Equal(TransactionOutcome.Delivered, (await SendAsync(mailbox, "greylist@b.test")).Outcome);
        Assert.Equal(TransactionOutcome.Transient, (await SendAsync(mailbox, "greylist+other@b.test")).Outcome);
    }

    [Fact]
    public async Task Slow_takes_its_time()
    {
        var time = new WatchedTime(TimeSpan.FromSeconds(7));
        await using var mailbox = await MailboxHost.StartAsync(new() { ["Mailbox:SlowDelay"] = "00:00:07" }, time);
        var sending = SendAsync(mailbox, "slow@b.test");
        await time.BegunAsync();
        time.Advance(TimeSpan.FromSeconds(6));
        Assert.Equal((0, false), (mailbox.Store.Total, sending.IsCompleted));
        time.Advance(TimeSpan.FromSeconds(1));
        Assert.Equal(TransactionOutcome.Delivered, (await sending).Outcome);
    }

    [Fact]
    public async Task The_last_messages_are_kept_the_newest_first()
    {
        await using var mailbox = await MailboxHost.StartAsync(new() { ["Mailbox:MaxMessages"] = "2" });
        foreach (var recipient in new[] { "one@b.test", "two@b.test", "three@b.test" })
            await SendAsync(mailbox, recipient);
        Assert.Equal(["three@b.test", "two@b.test"], mailbox.Store.List().Select(message => message.Recipients[0]));
        Assert.Equal(3, mailbox.Store.Total);
        var newest = mailbox.Store.List()[0];
        Assert.Same(newest, mailbox.Store.Find(newest.Id));
        mailbox.Store.Clear();
        Assert.Empty(mailbox.Store.List());
    }

    [Theory]
    [InlineData("Mailbox:Port", "-1")]
    [InlineData("Mailbox:Address", "here")]
    [InlineData("Mailbox:Prot", "25")]
    public async Task A_wrong_setting_stops_the_start_and_is_named(string key, string value)
    {
        var e = await Assert.ThrowsAnyAsync<Exception>(() => MailboxHost.StartAsync(new() { [key] = value }));
        Assert.Contains(key.Split(':')[1], e.ToString(), StringComparison.Ordinal);
    }
}
