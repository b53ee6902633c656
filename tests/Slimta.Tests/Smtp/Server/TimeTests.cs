using System.Text;
using Microsoft.Extensions.Time.Testing;

namespace Slimta.Tests.Smtp.Server;

/// <summary>Clients that are slow, and a server that stops. Time passes only when the test says so.</summary>
public sealed class TimeTests
{
    private const string TimedOut = "421 4.4.2 Timed out; closing";
    private readonly FakeTimeProvider _time = new();
    private readonly Recorder _recorder = new();

    /// <summary>In each phase the client sends a byte every ten seconds; the phase's time runs out all the same.</summary>
    [Theory]
    [InlineData("", 300)]
    [InlineData("EHLO c.test\r\n", 300)]
    [InlineData("EHLO c.test\r\nMAIL FROM:<a@a.test>\r\n", 300)]
    [InlineData("EHLO c.test\r\nMAIL FROM:<a@a.test>\r\nRCPT TO:<b@b.test>\r\nDATA\r\n", 1800)]
    [InlineData("EHLO c.test\r\nMAIL FROM:<a@a.test>\r\nRCPT TO:<b@b.test>\r\nBDAT 1000\r\n", 1800)]
    public async Task A_byte_every_ten_seconds_does_not_hold_a_session(string before, int seconds)
    {
        var trickle = Enumerable.Repeat("x"u8.ToArray(), (seconds / 10) + 1).Select((piece, i) =>
        {
            if (i > 0)
                _time.Advance(TimeSpan.FromSeconds(10));
            return piece;
        });
        var pieces = new[] { Encoding.ASCII.GetBytes(before) }.Where(piece => piece.Length > 0).Concat(trickle);
        var said = await Conversation.PlayAsync(pieces, _recorder, Conversation.Options(), _time);
        Assert.EndsWith(TimedOut + "\r\n", said, StringComparison.Ordinal);
        Assert.Equal("timeout", Assert.Single(_recorder.Ended).Reason);
    }

    [Fact]
    public async Task A_silent_client_gets_421()
    {
        await using var server = await LiveServer.StartAsync(_recorder, time: _time);
        using var client = await server.ConnectAsync();
        await client.HearAsync();
        await client.AskAsync("EHLO c.test");
        // The next read is awaited as soon as its timer is.
        await AdvanceUntilAsync(client, TimeSpan.FromMinutes(5), TimedOut);
    }

    [Fact]
    public async Task A_client_that_speaks_before_its_greeting_is_refused()
    {
        await using var server = await LiveServer.StartAsync(_recorder, options => options.Timeouts.Greeting = TimeSpan.FromSeconds(6), _time);
        using var client = await server.ConnectAsync();
        await client.SayAsync("EHLO c.test\r\n");
        Assert.Equal("554 5.5.0 You spoke before you were greeted; closing", await client.HearAsync());
        Assert.Null(await client.HearAsync());
    }

    [Fact]
    public async Task A_client_that_waits_is_greeted_late()
    {
        await using var server = await LiveServer.StartAsync(_recorder, options => options.Timeouts.Greeting = TimeSpan.FromSeconds(6), _time);
        using var client = await server.ConnectAsync();
        await AdvanceUntilAsync(client, TimeSpan.FromSeconds(6), "220 mx.test ESMTP");
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
        await using var server = await LiveServer.StartAsync(_recorder, time: _time);
        using var client = await server.ConnectAsync();
        await client.HearAsync();
        await client.AskAsync("EHLO c.test");
        await client.AskAsync("MAIL FROM:<a@a.test>");
        var stopped = server.Server.StopAsync();
        while (!stopped.IsCompleted)
        {
            _time.Advance(TimeSpan.FromSeconds(20));
            await Task.Yield();
        }
        Assert.Empty(_recorder.Messages);
        Assert.Equal(0, _recorder.Open);
    }

    /// <summary>Lets time pass until the server has said what is expected: when it starts to wait, nobody can know.</summary>
    private async Task AdvanceUntilAsync(LiveClient client, TimeSpan step, string expected)
    {
        var reply = client.HearAsync();
        while (!reply.IsCompleted)
        {
            _time.Advance(step);
            await Task.Yield();
        }
        Assert.Equal(expected, await reply);
    }
}
