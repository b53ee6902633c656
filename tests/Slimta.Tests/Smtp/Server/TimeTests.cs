using System.IO.Pipelines;
using Microsoft.AspNetCore.Connections;
using Microsoft.Extensions.Time.Testing;
using Slimta.Smtp.Server;

namespace Slimta.Tests.Smtp.Server;

/// <summary>Clients that are slow, and a server that stops. Time passes only when the test says so.</summary>
public sealed class TimeTests
{
    private readonly FakeTimeProvider _time = new();
    private readonly Recorder _recorder = new();

    [Fact]
    public async Task A_silent_client_gets_421()
    {
        var time = new WatchedTime(TimeSpan.FromMinutes(5));
        await using var server = await LiveServer.StartAsync(_recorder, time: time);
        using var client = await server.ConnectAsync();
        await client.HearAsync();
        await client.AskAsync("EHLO c.test");
        await HearsAsync(client, time, "421 4.4.2 Timed out; closing");
    }

    [Theory]
    [InlineData("DATA")]
    [InlineData("BDAT 1000\r\nsome of it")]
    public async Task A_client_that_falls_silent_in_its_content_gets_421(string command)
    {
        var time = new WatchedTime(TimeSpan.FromMinutes(3));
        await using var server = await LiveServer.StartAsync(_recorder, time: time);
        using var client = await server.ConnectAsync();
        await client.HearAsync();
        foreach (var line in new[] { "EHLO c.test", "MAIL FROM:<a@a.test>", "RCPT TO:<b@b.test>" })
            await client.AskAsync(line);
        await client.SayAsync(command + "\r\n");
        if (command == "DATA")
            await client.HearAsync();
        await HearsAsync(client, time, "421 4.4.2 Timed out; closing");
        Assert.Empty(_recorder.Messages);
    }

    [Fact]
    public async Task The_answer_to_a_failed_login_is_held_back()
    {
        var time = new WatchedTime(TimeSpan.FromSeconds(2));
        await using var server = await LiveServer.StartAsync(new Recorder { Login = ("ann", "secret") }, options => options.AllowPlaintextAuth = true, time);
        using var client = await server.ConnectAsync();
        await client.HearAsync();
        await client.AskAsync("EHLO c.test");
        var reply = client.AskAsync("AUTH PLAIN " + Convert.ToBase64String("\0ann\0wrong"u8));
        await time.BegunAsync();
        Assert.False(reply.IsCompleted);
        time.Advance(TimeSpan.FromSeconds(2));
        Assert.Equal("535 5.7.8 Authentication credentials invalid", await reply);
    }

    [Fact]
    public async Task A_client_that_does_not_read_its_replies_is_cut_off()
    {
        var (commands, replies) = (new Pipe(), new Pipe(new PipeOptions(pauseWriterThreshold: 1, resumeWriterThreshold: 1)));
        await using var connection = new DefaultConnectionContext(
            "test", new Conversation.Duplex(commands.Reader, replies.Writer), new Conversation.Duplex(replies.Reader, commands.Writer));
        connection.ConnectionClosed.Register(() => replies.Reader.Complete());
        await using var wire = new SmtpWire(connection, new SmtpTimeouts(), _time);
        wire.Write(new(250, null, "unread"));
        var flush = wire.FlushAsync().AsTask();
        _time.Advance(TimeSpan.FromMinutes(5) - TimeSpan.FromSeconds(1));
        Assert.False(flush.IsCompleted);
        _time.Advance(TimeSpan.FromSeconds(1));
        Assert.Equal(SmtpSessionEndReason.TimedOut, (await Assert.ThrowsAsync<SessionEndedException>(() => flush)).Reason);
    }

    [Fact]
    public async Task A_client_that_speaks_before_its_greeting_is_refused()
    {
        await using var server = await LiveServer.StartAsync(_recorder, options => options.Timeouts.Greeting = TimeSpan.FromSeconds(6), _time);
        using var client = await server.ConnectAsync();
        await client.SayAsync("EHLO c.test\r\n");
        Assert.Equal("554 5.5.0 Client sent data before the greeting; closing", await client.HearAsync());
        Assert.Null(await client.HearAsync());
    }

    [Fact]
    public async Task A_client_that_waits_is_greeted_late()
    {
        var time = new WatchedTime(TimeSpan.FromSeconds(6));
        await using var server = await LiveServer.StartAsync(_recorder, options => options.Timeouts.Greeting = TimeSpan.FromSeconds(6), time);
        using var client = await server.ConnectAsync();
        await HearsAsync(client, time, "220 mx.test ESMTP");
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task Stopping_ends_what_is_in_flight_and_says_421_to_the_rest(bool tls)
    {
        await using var server = await LiveServer.StartAsync(_recorder, options => options.Tls = LiveServer.Tls, _time, tls);
        using var idle = await server.ConnectAsync();
        using var busy = await server.ConnectAsync();
        foreach (var client in new[] { idle, busy })
        {
            if (tls)
                await client.UpgradeAsync();
            await client.HearAsync();
            await client.AskAsync("EHLO c.test");
        }
        await busy.AskAsync("MAIL FROM:<a@a.test>");
        await busy.AskAsync("RCPT TO:<b@b.test>");
        await busy.AskAsync("DATA");
        await busy.SayAsync("first half\r\n");
        var stopped = server.Server.StopAsync();
        Assert.Equal("421 4.3.2 The server is stopping; try again later", await idle.HearAsync());
        Assert.Null(await idle.HearAsync());
        await busy.SayAsync("second half\r\n.\r\n");
        Assert.Equal("250 2.6.0 kept", await busy.HearAsync());
        Assert.Equal("421 4.3.2 The server is stopping; try again later", await busy.HearAsync());
        await stopped;
        Assert.Equal("first half\r\nsecond half\r\n", Assert.Single(_recorder.Messages).Text);
    }

    [Fact]
    public async Task A_transaction_that_outlasts_the_stop_is_cut_off()
    {
        var time = new WatchedTime(TimeSpan.FromSeconds(20));
        await using var server = await LiveServer.StartAsync(_recorder, time: time);
        using var client = await server.ConnectAsync();
        await client.HearAsync();
        await client.AskAsync("EHLO c.test");
        await client.AskAsync("MAIL FROM:<a@a.test>");
        await time.PassUntilAsync(server.Server.StopAsync());
        await Assert.ThrowsAsync<IOException>(client.HearAsync);
        Assert.Empty(_recorder.Messages);
        Assert.Equal(0, _recorder.Open);
    }

    [Fact]
    public async Task What_a_handler_waits_for_ends_with_its_session_when_the_stop_takes_too_long()
    {
        var time = new WatchedTime(TimeSpan.FromSeconds(20));
        var waits = new TaskCompletionSource();
        var canceled = new TaskCompletionSource();
        var recorder = new Recorder
        {
            OnComplete = async cancellationToken =>
            {
                waits.SetResult();
                await Task.Delay(Timeout.InfiniteTimeSpan, TimeProvider.System, cancellationToken).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
                canceled.SetResult();
                throw new OperationCanceledException(cancellationToken);
            },
        };
        await using var server = await LiveServer.StartAsync(recorder, time: time);
        using var client = await server.ConnectAsync();
        await client.HearAsync();
        foreach (var command in new[] { "EHLO c.test", "MAIL FROM:<a@a.test>", "RCPT TO:<b@b.test>", "DATA" })
            await client.AskAsync(command);
        await client.SayAsync("text\r\n.\r\n");
        await waits.Task;
        await time.PassUntilAsync(server.Server.StopAsync());
        await canceled.Task;
        Assert.Equal(SmtpSessionEndReason.Disconnected, Assert.Single(recorder.Ended).Reason);
    }

    /// <summary>Without a wait before the banner none is refused: whether the client's bytes or the banner are first would be chance.</summary>
    [Fact]
    public async Task A_client_that_speaks_before_its_banner_is_served_like_any_other()
    {
        await using var server = await LiveServer.StartAsync(_recorder);
        for (var i = 0; i < 50; i++)
        {
            using var client = await server.ConnectAsync();
            await client.SayAsync("EHLO c.test\r\nQUIT\r\n");
            Assert.StartsWith("220 mx.test", await client.HearAsync(), StringComparison.Ordinal);
            Assert.StartsWith("250", await client.HearAsync(), StringComparison.Ordinal);
            Assert.StartsWith("221", await client.HearAsync(), StringComparison.Ordinal);
        }
        Assert.Empty(_recorder.Refusals);
    }

    private static async Task HearsAsync(LiveClient client, WatchedTime time, string expected)
    {
        var reply = client.HearAsync();
        await time.PassUntilAsync(reply);
        Assert.Equal(expected, await reply);
    }
}
