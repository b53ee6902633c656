using System.Net;
using System.Text;
using Microsoft.Extensions.Time.Testing;
using Slimta.Smtp.Server;

namespace Slimta.Tests.Smtp.Server;

/// <summary>In each phase the client sends a byte now and then; the phase's time runs out all the same.</summary>
public sealed class TrickleTests
{
    private const string V2 = "\r\n\r\n\0\r\nQUIT\n";
    private readonly FakeTimeProvider _time = new();
    private readonly Recorder _recorder = new() { Login = ("ann", "secret") };

    [Theory]
    [InlineData("", 300)]
    [InlineData("EHLO c.test\r\n", 300)]
    [InlineData("EHLO c.test\r\nAUTH PLAIN\r\n", 300)]
    [InlineData("EHLO c.test\r\nAUTH LOGIN\r\n", 300)]
    [InlineData("EHLO c.test\r\nAUTH LOGIN\r\nYW5u\r\n", 300)]
    [InlineData("EHLO c.test\r\nMAIL FROM:<a@a.test>\r\n", 300)]
    [InlineData("EHLO c.test\r\nMAIL FROM:<a@a.test>\r\nRCPT TO:<b@b.test>\r\nDATA\r\n", 1800)]
    [InlineData("EHLO c.test\r\nMAIL FROM:<a@a.test>\r\nRCPT TO:<b@b.test>\r\nBDAT 100000\r\n", 1800)]
    public async Task A_byte_every_ten_seconds_does_not_hold_a_session(string before, int seconds)
    {
        var options = Conversation.Options();
        options.AllowPlaintextAuth = true;
        IEnumerable<byte[]> start = before.Length == 0 ? [] : [Encoding.ASCII.GetBytes(before)];
        var trickle = Trickle(new byte[seconds].Select(_ => (byte)'x'), TimeSpan.FromSeconds(10));
        var said = await Conversation.PlayAsync(start.Concat(trickle), _recorder, options, _time);
        Assert.EndsWith("421 4.4.2 Timed out; closing\r\n", said, StringComparison.Ordinal);
        Assert.Equal(SmtpSessionEndReason.TimedOut, Assert.Single(_recorder.Ended).Reason);
    }

    [Fact]
    public async Task A_command_every_four_minutes_does_not_hold_a_session_for_ever()
    {
        var noops = Enumerable.Range(0, 900).Select(_ =>
        {
            _time.Advance(TimeSpan.FromMinutes(4));
            return "NOOP\r\n"u8.ToArray();
        });
        var said = await Conversation.PlayAsync(noops, _recorder, Conversation.Options(), _time);
        Assert.EndsWith("421 4.4.2 Timed out; closing\r\n", said, StringComparison.Ordinal);
        Assert.Equal(SmtpSessionEndReason.TimedOut, Assert.Single(_recorder.Ended).Reason);
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task A_byte_every_second_does_not_hold_a_TLS_handshake(bool implicitTls)
    {
        using var begun = new ManualResetEventSlim();
        var options = Conversation.Options();
        options.Tls = () =>
        {
            begun.Set();
            return LiveServer.Tls();
        };
        var said = await Conversation.PlayAsync(Client(), _recorder, options, _time, implicitTls: implicitTls);
        Assert.EndsWith(implicitTls ? "" : "220 2.0.0 Ready for TLS\r\n", said, StringComparison.Ordinal);
        Assert.Equal(SmtpSessionEndReason.TimedOut, Assert.Single(_recorder.Ended).Reason);

        IEnumerable<byte[]> Client()
        {
            if (!implicitTls)
            {
                yield return "EHLO c.test\r\nSTARTTLS\r\n"u8.ToArray();
                // What came sooner would be taken for an attack.
                begun.Wait();
            }
            // A record of 16 KB begins, and the rest of it drips.
            foreach (var piece in Trickle("\x16\x03\x01\x3f\xff".Concat(new string('\0', 200)).Select(c => (byte)c), TimeSpan.FromSeconds(1)))
                yield return piece;
        }
    }

    [Theory]
    [InlineData("PROXY TCP4 192.0.2.7 192.0.2.1 5000 25\r\n")]
    [InlineData(V2 + "\x21\x11\0\x64\xc0\0\x02\x07\xc0\0\x02\x01\x13\x88\0\x19\x04\0\x55")]
    public async Task A_byte_every_second_does_not_hold_a_proxys_header(string header)
    {
        var options = Conversation.Options();
        options.Proxies = [IPNetwork.Parse("127.0.0.0/8")];
        Assert.Equal("", await Conversation.PlayAsync(Trickle(header.Select(c => (byte)c), TimeSpan.FromSeconds(1)), _recorder, options, _time));
        Assert.Equal(SmtpSessionEndReason.TimedOut, Assert.Single(_recorder.Ended).Reason);
    }

    /// <summary>A handshake over a socket that never comes: the connection is closed, and not only given up.</summary>
    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task A_client_that_does_not_shake_hands_is_cut_off(bool implicitTls)
    {
        var time = new WatchedTime(TimeSpan.FromSeconds(10));
        await using var server = await LiveServer.StartAsync(_recorder, options => options.Tls = LiveServer.Tls, time, implicitTls);
        using var client = await server.ConnectAsync();
        if (!implicitTls)
        {
            await client.HearAsync();
            await client.AskAsync("EHLO c.test");
            await client.AskAsync("STARTTLS");
        }
        var closed = client.HearAsync();
        await time.PassUntilAsync(closed);
        await Assert.ThrowsAsync<IOException>(() => closed);
    }

    private IEnumerable<byte[]> Trickle(IEnumerable<byte> bytes, TimeSpan step)
    {
        foreach (var one in bytes)
        {
            yield return [one];
            _time.Advance(step);
        }
    }
}
