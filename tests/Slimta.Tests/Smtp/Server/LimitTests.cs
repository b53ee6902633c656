using System.Net;
using System.Text;
using Slimta.Smtp.Server;

namespace Slimta.Tests.Smtp.Server;

public sealed class LimitTests
{
    private const string ToData = "EHLO c.test\r\nMAIL FROM:<a@a.test>\r\nRCPT TO:<b@b.test>\r\nDATA\r\n";
    private readonly Recorder _recorder = new();

    [Fact]
    public async Task A_command_line_of_a_megabyte_closes()
    {
        var said = await Conversation.PlayAsync("EHLO " + new string('x', 1_000_000) + "\r\nNOOP\r\n", _recorder);
        Assert.Equal("220 mx.test ESMTP\r\n500 5.5.6 Line too long; closing\r\n", said);
    }

    [Fact]
    public async Task A_content_line_of_a_megabyte_is_refused_and_the_session_goes_on()
    {
        var said = await Conversation.PlayAsync(ToData + new string('x', 1_000_000) + "\r\n.\r\nQUIT\r\n", _recorder);
        Assert.EndsWith("\r\n554 5.6.0 Line too long in message\r\n221 2.0.0 Bye\r\n", said, StringComparison.Ordinal);
        Assert.Empty(_recorder.Messages);
    }

    [Fact]
    public async Task A_content_line_of_100_KB_is_taken()
    {
        var line = new string('x', 100_000) + "\r\n";
        await Conversation.PlayAsync(ToData + line + ".\r\n", _recorder);
        Assert.Equal(line, Assert.Single(_recorder.Messages).Text);
    }

    [Theory]
    [InlineData("DATA\r\n")]
    [InlineData("BDAT 9000000 LAST\r\n")]
    public async Task Content_that_goes_on_far_beyond_the_limit_is_cut_off(string command)
    {
        var options = Conversation.Options();
        options.Limits.MaxMessageBytes = 1024;
        var body = string.Concat(Enumerable.Repeat(new string('x', 998) + "\r\n", 2000));
        var said = await Conversation.PlayAsync([Encoding.ASCII.GetBytes(ToData.Replace("DATA\r\n", command, StringComparison.Ordinal) + body)], _recorder, options);
        Assert.EndsWith("552 5.3.4 Message size exceeds the limit\r\n", said, StringComparison.Ordinal);
        Assert.Equal(SmtpSessionEndReason.ContentWithoutEnd, Assert.Single(_recorder.Ended).Reason);
    }

    [Fact]
    public async Task A_flood_of_recipients_ends_at_the_limit_of_commands()
    {
        var options = Conversation.Options();
        options.Limits.MaxCommands = 300;
        options.Limits.MaxRecipients = 100;
        var said = await Conversation.PlayAsync(
            [Encoding.ASCII.GetBytes("EHLO c.test\r\nMAIL FROM:<>\r\n" + string.Concat(Enumerable.Repeat("RCPT TO:<b@b.test>\r\n", 1000)))], _recorder, options);
        Assert.Equal(100, said.Split("250 2.1.5").Length - 1);
        Assert.Equal(198, said.Split("452 4.5.3").Length - 1);
        Assert.EndsWith("421 4.7.0 Too many commands; closing\r\n", said, StringComparison.Ordinal);
    }

    [Fact]
    public async Task TLS_on_the_plain_port_is_refused()
    {
        var said = await Conversation.PlayAsync("\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03" + new string('\x07', 500), _recorder);
        Assert.Equal("220 mx.test ESMTP\r\n500 5.5.2 Bare CR or LF, or a control character, in command; closing\r\n", said);
    }

    [Fact]
    public async Task Invalid_UTF_8_in_a_command_is_refused_and_in_content_kept()
    {
        var said = await Conversation.PlayAsync("EHLO c.test\r\nMAIL FROM:<\xff@a.test> SMTPUTF8\r\nMAIL FROM:<a@a.test>\r\nRCPT TO:<b@b.test>\r\nDATA\r\n\xff\xfe\0\r\n.\r\n", _recorder);
        Assert.Contains("\r\n501 5.5.4 Syntax error in argument\r\n250 2.1.0 Ok\r\n", said, StringComparison.Ordinal);
        Assert.Equal("\xff\xfe\0\r\n", Assert.Single(_recorder.Messages).Text);
    }

    [Fact]
    public async Task HELO_keeps_the_limits()
    {
        var options = Conversation.Options();
        options.Limits.MaxMessageBytes = 10;
        var said = await Conversation.PlayAsync([Encoding.ASCII.GetBytes(ToData.Replace("EHLO", "HELO", StringComparison.Ordinal) + "0123456789\r\n.\r\n")], _recorder, options);
        Assert.EndsWith("552 5.3.4 Message size exceeds the limit\r\n", said, StringComparison.Ordinal);
        Assert.Empty(_recorder.Messages);
    }

    [Fact]
    public async Task Connections_are_counted_in_total_and_by_address()
    {
        await using var server = await LiveServer.StartAsync(_recorder, options => (options.Limits.MaxConnections, options.Limits.MaxConnectionsPerAddress) = (3, 2));
        using var first = await server.ConnectAsync();
        using var second = await server.ConnectAsync();
        Assert.Equal("220 mx.test ESMTP", await first.HearAsync());
        Assert.Equal("220 mx.test ESMTP", await second.HearAsync());
        using var third = await server.ConnectAsync();
        Assert.Equal("421 4.7.0 Too many connections from your address; try again later", await third.HearAsync());
        Assert.Null(await third.HearAsync());
        Assert.Equal("221 2.0.0 Bye", await first.AskAsync("QUIT"));
        Assert.Null(await first.HearAsync());
        while (server.Server.Connections > 1)
            await Task.Yield();
        using var fourth = await server.ConnectAsync();
        Assert.Equal("220 mx.test ESMTP", await fourth.HearAsync());
    }

    [Fact]
    public async Task Beyond_the_total_no_client_is_let_in()
    {
        await using var server = await LiveServer.StartAsync(_recorder, options =>
        {
            options.Limits.MaxConnections = 1;
            options.IsExempt = IPAddress.IsLoopback;
        });
        using var first = await server.ConnectAsync();
        Assert.Equal("220 mx.test ESMTP", await first.HearAsync());
        using var second = await server.ConnectAsync();
        Assert.Equal("421 4.3.2 Too many connections; try again later", await second.HearAsync());
    }
}
