using System.Net;
using System.Text;
using Microsoft.Extensions.DependencyInjection;

namespace Slimta.Tests.Edge;

[Collection("edge")]
public sealed class SmtpEdgeTests(RedisServer redis)
{
    private const string Stranger = "Edge:Relay:Networks:0";
    private const string Message = "Subject: x\r\n\r\nbody\r\n.\r\n";

    private Task<EdgeHost> StartAsync(params (string, string?)[] settings) =>
        EdgeHost.StartAsync(redis.Process.ConnectionString, settings.ToDictionary(s => s.Item1, s => s.Item2));

    [Theory]
    [InlineData("")]
    [InlineData(" SMTPUTF8")]
    public async Task A_recipient_that_is_named_twice_is_one(string declared)
    {
        await using var host = await StartAsync();
        string[] named = ["b@b.test", "b@B.TEST", "B@b.test", "<b@b.test> NOTIFY=NEVER", "b@xn--bcher-kva.test", "b@b\u00c3\u00bccher.test", "<@relay.test:b@b.test>"];
        var commands = string.Concat(named.Select(address => $"RCPT TO:{(address[0] == '<' ? address : $"<{address}>")}\r\n"));
        var said = await host.SayAsync($"EHLO c.test\r\nMAIL FROM:<a@a.test>{declared}\r\n{commands}DATA\r\n{Message}QUIT\r\n");
        Assert.Equal(named.Length, said.Split("\n250 2.1.5 ").Length - 1);
        var recipients = Assert.Single(await host.QueuedAsync()).Message.Envelope.Recipients;
        Assert.Equal(["b@b.test", "B@b.test", "b@xn--bcher-kva.test"], recipients.Select(recipient => recipient.Address));
        // As it was named first.
        Assert.Empty(recipients[0].Parameters);
    }

    [Fact]
    public async Task What_was_acknowledged_is_in_the_queue_under_the_id_in_the_reply()
    {
        await using var host = await StartAsync();
        var said = await host.SayAsync(
            "EHLO client.test\r\nMAIL FROM:<a@a.test> SIZE=100 RET=HDRS ENVID=e1\r\nRCPT TO:<b@b.test> NOTIFY=NEVER\r\nDATA\r\n" + Message + "QUIT\r\n");

        var (message, text) = Assert.Single(await host.QueuedAsync());
        Assert.Contains($"\n250 2.6.0 {message.Id} queued\n221", said, StringComparison.Ordinal);
        Assert.Equal("a@a.test", message.Envelope.Sender);
        Assert.Equal("b@b.test", Assert.Single(message.Envelope.Recipients).Address);
        Assert.Equal("NEVER", message.Envelope.Recipients[0].Parameters["NOTIFY"]);
        Assert.Equal(["ENVID", "RET"], message.Envelope.Parameters.Keys.Order());
        Assert.Equal("client.test", message.Envelope.Client.HeloName);
        Assert.Equal("127.0.0.1", message.Envelope.Client.Ip);
        Assert.StartsWith($"Received: from client.test ([127.0.0.1])\r\n\tby mx.test with ESMTP\r\n\tid {message.Id}\r\n\tfor <b@b.test>;\r\n\t", text, StringComparison.Ordinal);
        Assert.Contains($"\r\nMessage-ID: <{message.Id}@mx.test>\r\nSubject: x\r\n\r\nbody\r\n", text, StringComparison.Ordinal);
    }

    [Fact]
    public async Task The_web_server_keeps_the_address_that_was_configured_for_it()
    {
        await using var host = await StartAsync();
        using var http = new HttpClient { BaseAddress = host.Http };
        using var health = await http.GetAsync("/health");
        Assert.Equal(HttpStatusCode.OK, health.StatusCode);
        Assert.StartsWith("220 mx.test ESMTP", await host.SayAsync("QUIT\r\n"), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Strangers_reach_the_open_domain_and_no_other()
    {
        await using var host = await StartAsync((Stranger, "192.0.2.0/24"), ("Edge:Relay:Domains:0", "open.test"));
        var said = await host.SayAsync("EHLO c.test\r\nMAIL FROM:<>\r\n"
            + "RCPT TO:<a@else.test>\r\nRCPT TO:<a%else.test@open.test>\r\nRCPT TO:<@open.test:a@else.test>\r\nRCPT TO:<\"a@else.test\"@open.test>\r\n"
            + "RCPT TO:<a@[127.0.0.1]>\r\nRCPT TO:<postmaster>\r\nRCPT TO:<a@open.test>\r\nDATA\r\n" + Message);
        Assert.Equal(6, said.Split("550 5.7.1 Relay access denied").Length - 1);
        Assert.Equal("a@open.test", Assert.Single((await host.QueuedAsync()).Single().Message.Envelope.Recipients).Address);
    }

    [Fact]
    public async Task A_bare_postmaster_is_open_to_everybody_where_it_is_configured()
    {
        await using var host = await StartAsync((Stranger, "192.0.2.0/24"), ("Edge:Postmaster", "ops@open.test"));
        await host.SayAsync("EHLO c.test\r\nMAIL FROM:<a@a.test>\r\nRCPT TO:<Postmaster>\r\nDATA\r\n" + Message);
        Assert.Equal("ops@open.test", Assert.Single((await host.QueuedAsync()).Single().Message.Envelope.Recipients).Address);
    }

    [Fact]
    public async Task Who_logs_in_may_relay()
    {
        await using var host = await StartAsync(
            (Stranger, "192.0.2.0/24"), ("Edge:Users:ann", PasswordHash.Create("secret", iterations: 1000)),
            ("Edge:Smtp:AllowPlaintextAuth", "true"), ("Edge:Smtp:Timeouts:AuthFailure", "00:00:00"));
        var wrong = Convert.ToBase64String("\0ann\0Secret"u8);
        var right = Convert.ToBase64String("\0ann\0secret"u8);
        var said = await host.SayAsync($"EHLO c.test\r\nAUTH PLAIN {wrong}\r\nAUTH PLAIN {right}\r\nMAIL FROM:<a@a.test>\r\nRCPT TO:<b@b.test>\r\nDATA\r\n" + Message);
        Assert.Contains("535 5.7.8", said, StringComparison.Ordinal);
        var (message, text) = Assert.Single(await host.QueuedAsync());
        Assert.Equal(("ann", "ESMTPA"), (message.Envelope.Client.AuthenticatedAs, message.Envelope.Client.Protocol));
        Assert.DoesNotMatch(@"\bann\b", text);
    }

    [Fact]
    public async Task Users_may_come_from_another_source()
    {
        await using var host = await EdgeHost.StartAsync(
            redis.Process.ConnectionString,
            new() { [Stranger] = "192.0.2.0/24", ["Edge:Smtp:AllowPlaintextAuth"] = "true", ["Edge:Smtp:Timeouts:AuthFailure"] = "00:00:00" },
            services => services.AddSingleton<IUserSource>(new Members()));
        var (stranger, member) = (Convert.ToBase64String("\0ann\0secret"u8), Convert.ToBase64String("\0member\0 7"u8));
        var said = await host.SayAsync($"EHLO c.test\r\nAUTH PLAIN {stranger}\r\nAUTH PLAIN {member}\r\nMAIL FROM:<a@a.test>\r\nRCPT TO:<b@b.test>\r\nDATA\r\n" + Message);
        Assert.Contains("535 5.7.8", said, StringComparison.Ordinal);
        Assert.Equal("number 7", Assert.Single(await host.QueuedAsync()).Message.Envelope.Client.AuthenticatedAs);
    }

    private sealed class Members : IUserSource
    {
        public bool HasUsers => true;

        public ValueTask<string?> AuthenticateAsync(string user, string password, CancellationToken cancellationToken) =>
            new(user == "member" ? $"number{password}" : null);
    }

    [Fact]
    public async Task With_several_recipients_none_is_named_in_the_message()
    {
        await using var host = await StartAsync();
        await host.SayAsync("EHLO c.test\r\nMAIL FROM:<a@a.test>\r\nRCPT TO:<b@b.test>\r\nRCPT TO:<c@c.test>\r\nDATA\r\n" + Message);
        Assert.DoesNotContain("b.test", Assert.Single(await host.QueuedAsync()).Text, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_looping_message_is_refused()
    {
        await using var host = await StartAsync();
        var hops = string.Concat(Enumerable.Repeat("Received: from a by b\r\n\twith folding; Received: x\r\n", 99));
        const string Begin = "EHLO c.test\r\nMAIL FROM:<a@a.test>\r\nRCPT TO:<b@b.test>\r\nDATA\r\n";
        Assert.Contains("250 2.6.0", await host.SayAsync(Begin + hops + "\r\nReceived: in the body\r\n.\r\n"), StringComparison.Ordinal);
        Assert.Contains("554 5.4.6", await host.SayAsync(Begin + hops + "received: x\r\n\r\n.\r\n"), StringComparison.Ordinal);
        Assert.Single(await host.QueuedAsync());
    }

    [Fact]
    public async Task A_header_of_10_000_lines_is_taken_up_to_the_limit()
    {
        await using var host = await StartAsync();
        var header = new StringBuilder("EHLO c.test\r\nMAIL FROM:<a@a.test>\r\nRCPT TO:<b@b.test>\r\nDATA\r\n");
        for (var i = 0; i < 10_000; i++)
            header.Append("X-").Append(i).Append(": v\r\n");
        Assert.Contains("250 2.6.0", await host.SayAsync(header + "\r\nbody\r\n.\r\n"), StringComparison.Ordinal);
        header.Append("X-Long: ").Append('x', 200_000).Append("\r\n");
        Assert.Contains("552 5.3.4 Message header too large\n221", await host.SayAsync(header + "\r\nbody\r\n.\r\nQUIT\r\n"), StringComparison.Ordinal);
        Assert.Single(await host.QueuedAsync());
    }

    /// <summary>The limit counts the header alone, to the byte, however much comes in one piece with its end.</summary>
    [Theory]
    [InlineData("\r\n" + "body\r\n.\r\n")]
    [InlineData(".\r\n")]
    public async Task A_header_is_measured_alone(string rest)
    {
        const int Limit = 16 * 1024;
        const string Begin = "EHLO c.test\r\nMAIL FROM:<a@a.test>\r\nRCPT TO:<b@b.test>\r\nDATA\r\n";
        await using var host = await StartAsync(("Edge:MaxHeaderBytes", $"{Limit}"));
        var field = "X-Long: " + new string('x', 500) + "\r\n";
        var header = string.Concat(Enumerable.Repeat(field, Limit / field.Length - 1)) + "X-Last: ";
        header += new string('x', Limit - header.Length - 2) + "\r\n";
        Assert.Equal(Limit, header.Length);
        Assert.Contains("552 5.3.4 Message header too large\n221", await host.SayAsync(Begin + "X" + header + rest + "QUIT\r\n"), StringComparison.Ordinal);
        Assert.Empty(await host.QueuedAsync());
        Assert.Contains("250 2.6.0", await host.SayAsync(Begin + header + rest + "QUIT\r\n"), StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_setting_that_is_wrong_stops_the_start_and_is_named()
    {
        var error = await Assert.ThrowsAnyAsync<Exception>(() => StartAsync(("Edge:Relay:Networks:0", "10.0.0.0/33"), ("Edge:Smtp:Limits:MaxRecipients", "5"), ("Edge:Users:ann", "secret")));
        Assert.Contains("Edge:Relay:Networks has '10.0.0.0/33'", error.Message, StringComparison.Ordinal);
        Assert.Contains("Edge:Smtp:Limits:MaxRecipients must be from 100", error.Message, StringComparison.Ordinal);
        Assert.Contains("Edge:Users:ann must be a hash", error.Message, StringComparison.Ordinal);
        Assert.DoesNotContain("secret", error.Message, StringComparison.Ordinal);
    }
}
