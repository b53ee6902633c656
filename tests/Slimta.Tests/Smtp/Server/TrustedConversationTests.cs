using Slimta.Smtp.Server;

namespace Slimta.Tests.Smtp.Server;

/// <summary>What a default Postfix takes from a client in mynetworks, ours takes from one that may relay; strangers are held to the RFC.</summary>
public sealed class TrustedConversationTests
{
    private static async Task<string[]> SayAsync(ClientTrust trust, string commands, Action<Recorder>? check = null, bool login = false, bool strictHello = true)
    {
        var recorder = new Recorder { Trust = trust, Login = login ? ("a", "b") : null };
        var options = Conversation.Options();
        options.StrictHello = strictHello;
        var said = await Conversation.PlayAsync([System.Text.Encoding.UTF8.GetBytes(commands)], recorder, options);
        check?.Invoke(recorder);
        return said.Split("\r\n", StringSplitOptions.RemoveEmptyEntries);
    }

    [Theory]
    [InlineData("RCPT TO:user@host.test", "user@host.test")]
    [InlineData("RCPT TO: user@host.test", "user@host.test")]
    [InlineData("RCPT TO:user@host.test NOTIFY=NEVER", "user@host.test")]
    [InlineData("RCPT TO:\"a b\"@host.test NOTIFY=NEVER", "\"a b\"@host.test")]
    [InlineData("RCPT TO:< user@host.test >", "user@host.test")]
    [InlineData("RCPT TO:<user..name@host.test>", "user..name@host.test")]
    [InlineData("RCPT TO:<user.@host.test>", "user.@host.test")]
    [InlineData("RCPT TO:<.user@host.test>", "user@host.test", ".user@host.test")]
    [InlineData("RCPT TO:<user@host.test.>", "user@host.test")]
    [InlineData("RCPT TO:<ü@host.test>", "ü@host.test")]
    [InlineData("RCPT TO:<u\u200B@host.test>", "u\u200B@host.test")]
    [InlineData("RCPT TO:<user@host.test> ORCPT=rfc822;a+2bb@c.test", "user@host.test")]
    [InlineData("RCPT TO:<@relay.test:user@host.test>", "user@host.test", null, true)]
    [InlineData("RCPT TO:<\"user\"@host.test>", "\"user\"@host.test", null, true)]
    [InlineData("rcpt to:<user@host.test>", "user@host.test", null, true)]
    [InlineData("RCPT TO: <user@host.test>", "user@host.test", null, true)]
    public async Task A_recipient(string command, string mailbox, string? exactly = null, bool strangersToo = false)
    {
        var script = $"EHLO c.test\r\nMAIL FROM:<a@a.test>\r\n{command}\r\nDATA\r\n.\r\n";
        await SayAsync(ClientTrust.Trusted, script, recorder =>
            Assert.Equal(exactly ?? mailbox, Assert.Single(Assert.Single(recorder.Messages).Recipients).Mailbox.ToString()));
        await SayAsync(ClientTrust.Stranger, script, recorder => Assert.Equal(strangersToo ? 1 : 0, recorder.Messages.Count));
    }

    [Theory]
    [InlineData("u＠host.test@open.test")]
    [InlineData("u％host.test@open.test")]
    [InlineData("u！host.test@open.test")]
    [InlineData("u﹫host.test@open.test")]
    [InlineData("\"u＠host.test\"@open.test")]
    [InlineData("u\u200B@open.test")]
    [InlineData("u\u202Ev@open.test")]
    [InlineData("u\uFEFF@open.test")]
    [InlineData("u\u00ADv@open.test")]
    [InlineData("u\u2066v@open.test")]
    public async Task A_local_part_that_deceives_is_refused_to_strangers(string address)
    {
        var said = await SayAsync(ClientTrust.Stranger, $"EHLO c.test\r\nMAIL FROM:<{address}> SMTPUTF8\r\nMAIL FROM:<ü@a.test> SMTPUTF8\r\nRCPT TO:<{address}>\r\nRCPT TO:<ü@open.test>\r\n");
        Assert.Equal(["501 5.1.7", "250 2.1.0", "501 5.1.3", "250 2.1.5"], said[^4..].Select(reply => reply[..9]));
    }

    [Theory]
    [InlineData("MAIL FROM:a@a.test", "a@a.test")]
    [InlineData("MAIL FROM: <a@a.test>", "a@a.test")]
    [InlineData("MAIL FROM:< >", "")]
    [InlineData("mail from:<a@a.test> size=0", "a@a.test")]
    [InlineData("MAIL FROM:<a@a.test> AUTH=<>", "a@a.test")]
    [InlineData("MAIL FROM:<a@a.test> ENVID=x+2b", "a@a.test")]
    [InlineData(" MAIL\tFROM:<a@a.test>\tSIZE=1", "a@a.test")]
    public async Task A_sender(string command, string sender) =>
        await SayAsync(ClientTrust.Trusted, $"EHLO c.test\r\n{command}\r\nRCPT TO:<b@b.test>\r\nDATA\r\n.\r\n", recorder =>
            Assert.Equal(sender, Assert.Single(recorder.Messages).Mail.Sender));

    /// <summary>There is no name of ours to complete it with, as Postfix does with myorigin: the edge has no mailboxes.</summary>
    [Fact]
    public async Task A_name_without_a_domain_is_no_address()
    {
        var said = await SayAsync(ClientTrust.Trusted, "EHLO c.test\r\nMAIL FROM:<root>\r\nMAIL FROM:<>\r\nRCPT TO:<root>\r\nRCPT TO:root\r\n");
        Assert.Equal(["501 5.1.7", "250 2.1.0", "501 5.1.3", "501 5.1.3"], said[^4..].Select(reply => reply[..9]));
    }

    [Fact]
    public async Task A_domain_that_no_DNS_can_have_is_refused_to_all()
    {
        var label = new string('a', 62);
        var longest = $"{label}.{label}.{label}.{label}.b";
        foreach (var trust in Enum.GetValues<ClientTrust>())
        {
            var said = await SayAsync(trust, $"EHLO c.test\r\nMAIL FROM:<a@{longest}c>\r\nMAIL FROM:<a@{longest}>\r\nRCPT TO:<a@{longest}c>\r\nRCPT TO:<a@{longest}>\r\nRCPT TO:<a@{new string('a', 64)}.test>\r\n");
            Assert.Equal(["501 5.1.7", "250 2.1.0", "501 5.1.3", "250 2.1.5", "501 5.1.3"], said[^5..].Select(reply => reply[..9]));
        }
    }

    [Theory]
    [InlineData("host.domain.tld.")]
    [InlineData("cabinet-.domain")]
    [InlineData("[::1]")]
    [InlineData("::1")]
    [InlineData("my pc")]
    [InlineData("DESKTOP-ABC (Win)")]
    [InlineData("aaaaaaaaaabbbbbbbbbbccccccccccddddddddddeeeeeeeeeeffffffffffgggg.test")]
    public async Task A_name_that_real_clients_give_themselves(string name)
    {
        var script = $"EHLO {name}\r\nMAIL FROM:<a@a.test>\r\n";
        Assert.Equal("250 2.1.0 Ok", (await SayAsync(ClientTrust.Trusted, script))[^1]);
        Assert.Equal("250 2.1.0 Ok", (await SayAsync(ClientTrust.Stranger, script, strictHello: false))[^1]);
        var stranger = await SayAsync(ClientTrust.Stranger, script);
        Assert.StartsWith("501 5.5.4", stranger[1], StringComparison.Ordinal);
        // Who may still log in is judged at MAIL.
        var user = await SayAsync(ClientTrust.Stranger, script, login: true);
        Assert.Equal(("250 DSN", "501 5.5.4"), (user[^2], user[^1][..9]));
    }

    [Fact]
    public async Task Commands_that_end_with_LF()
    {
        await SayAsync(ClientTrust.Trusted, "EHLO c.test\nMAIL FROM:<a@a.test>\nRCPT TO:<b@b.test>\nDATA\nSubject: x\n\nbody\n\r\n.\r\nQUIT now\n",
            recorder => Assert.Equal("Subject: x\r\n\r\nbody\r\n\r\n", Assert.Single(recorder.Messages).Text));
    }
}
