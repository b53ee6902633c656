using System.Text;
using Slimta.Smtp.Server;

namespace Slimta.Tests.Smtp.Server;

/// <summary>STARTTLS and AUTH.</summary>
public sealed class SecurityTests
{
    private static readonly string Plain = Convert.ToBase64String(Encoding.UTF8.GetBytes("\0ann\0secret"));

    private static Recorder Handler() => new() { Login = ("ann", "secret") };

    private static void WithTls(SmtpServerOptions options)
    {
        options.Tls = LiveServer.Tls;
        options.Timeouts.AuthFailure = TimeSpan.Zero;
    }

    [Fact]
    public async Task TLS_resets_the_session_and_only_then_is_AUTH_offered()
    {
        var recorder = Handler();
        await using var server = await LiveServer.StartAsync(recorder, WithTls);
        using var client = await server.ConnectAsync();
        await client.HearAsync();
        var before = await client.AskAsync("EHLO c.test");
        Assert.Contains("250 STARTTLS", before, StringComparison.Ordinal);
        Assert.DoesNotContain("AUTH", before, StringComparison.Ordinal);
        Assert.Equal("538 5.7.11 Must issue a STARTTLS command first", await client.AskAsync("AUTH PLAIN " + Plain));
        Assert.Equal("220 2.0.0 Ready for TLS", await client.AskAsync("STARTTLS"));
        await client.UpgradeAsync();
        Assert.Equal("503 5.5.1 Send EHLO first", await client.AskAsync("MAIL FROM:<a@a.test>"));
        var after = await client.AskAsync("EHLO c.test");
        Assert.Contains("250 AUTH PLAIN LOGIN", after, StringComparison.Ordinal);
        Assert.DoesNotContain("STARTTLS", after, StringComparison.Ordinal);
        Assert.Equal("503 5.5.1 TLS already active", await client.AskAsync("STARTTLS"));
        Assert.Equal("235 2.7.0 Authenticated", await client.AskAsync("AUTH PLAIN " + Plain));
        Assert.Equal("503 5.5.1 Already authenticated", await client.AskAsync("AUTH PLAIN " + Plain));
        await client.AskAsync("MAIL FROM:<a@a.test> AUTH=<>");
        await client.AskAsync("RCPT TO:<b@b.test>");
        await client.AskAsync("DATA");
        Assert.Equal("250 2.6.0 kept", await client.AskAsync("text\r\n."));
        Assert.Equal("221 2.0.0 Bye", await client.AskAsync("QUIT"));
        Assert.Null(await client.HearAsync());
        var message = Assert.Single(recorder.Messages);
        Assert.Equal(("ESMTPSA", "ann"), (message.Protocol, message.User));
    }

    [Theory]
    [InlineData("NOOP\r\n")]
    [InlineData("\x16\x03\x01")]
    [InlineData("M")]
    public async Task Anything_behind_STARTTLS_closes(string behind)
    {
        var options = Conversation.Options();
        WithTls(options);
        var recorder = new Recorder();
        var said = await Conversation.PlayAsync("EHLO c.test\r\nSTARTTLS\r\n" + behind, recorder, options);
        Assert.EndsWith("\r\n554 5.5.1 Data after STARTTLS; closing\r\n", said, StringComparison.Ordinal);
        Assert.DoesNotContain("Ready for TLS", said, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Implicit_TLS_speaks_TLS_from_the_first_byte()
    {
        await using var server = await LiveServer.StartAsync(Handler(), WithTls, implicitTls: true);
        using var client = await server.ConnectAsync();
        await client.UpgradeAsync();
        Assert.Equal("220 mx.test ESMTP", await client.HearAsync());
        Assert.Contains("AUTH PLAIN LOGIN", await client.AskAsync("EHLO c.test"), StringComparison.Ordinal);
    }

    [Fact]
    public Task AUTH_in_all_its_forms() => Conversation.PlayAsync($"""
        S: 220 mx.test ESMTP
        C: EHLO c.test
        S: 250-mx.test
        S: 250-PIPELINING
        S: 250-SIZE 50000000
        S: 250-8BITMIME
        S: 250-SMTPUTF8
        S: 250-ENHANCEDSTATUSCODES
        S: 250-CHUNKING
        S: 250-DSN
        S: 250 AUTH PLAIN LOGIN
        C: AUTH GSSAPI
        S: 504 5.5.4 Unrecognized authentication type
        C: AUTH PLAIN !
        S: 501 5.5.2 Invalid base64 or authentication response
        C: AUTH PLAIN =
        S: 501 5.5.2 Invalid base64 or authentication response
        C: AUTH PLAIN
        S: 334{" "}
        C: *
        S: 501 5.7.0 Authentication canceled
        C: AUTH PLAIN {Convert.ToBase64String(Encoding.UTF8.GetBytes("root\0ann\0secret"))}
        S: 501 5.5.2 Invalid base64 or authentication response
        C: AUTH PLAIN {Convert.ToBase64String(Encoding.UTF8.GetBytes("\0ann\0wrong"))}
        S: 535 5.7.8 Authentication credentials invalid
        C: auth login
        S: 334 VXNlcm5hbWU6
        C: {Convert.ToBase64String("ann"u8)}
        S: 334 UGFzc3dvcmQ6
        C: {Convert.ToBase64String("secret"u8)}
        S: 235 2.7.0 Authenticated
        C: QUIT
        S: 221 2.0.0 Bye
        """, Handler, options: PlaintextAuth);

    [Fact]
    public Task One_failed_login_too_many_closes() => Conversation.PlayAsync($"""
        S: 220 mx.test ESMTP
        C: HELO c.test
        S: 250 mx.test
        C: AUTH PLAIN {Convert.ToBase64String(Encoding.UTF8.GetBytes("\0ann\0wrong"))}
        S: 535 5.7.8 Authentication credentials invalid
        C: AUTH PLAIN {Convert.ToBase64String(Encoding.UTF8.GetBytes("\0ann\0worse"))}
        S: 535 5.7.8 Authentication credentials invalid
        S: 421 4.7.0 Too many errors; closing
        C: AUTH PLAIN {Plain}
        """, Handler, options: () =>
        {
            var options = PlaintextAuth();
            options.Limits.MaxAuthFailures = 2;
            return options;
        });

    private static SmtpServerOptions PlaintextAuth() =>
        new() { Hostname = "mx.test", AllowPlaintextAuth = true, Timeouts = { AuthFailure = TimeSpan.Zero } };
}
