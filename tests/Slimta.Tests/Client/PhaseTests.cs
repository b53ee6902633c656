using Slimta.Smtp.Client;
using static Slimta.Tests.Client.ClientUnderTest;

namespace Slimta.Tests.Client;

/// <summary>A server that stops answering is given the time of the phase, each phase its own (RFC 5321 §4.5.3.2).</summary>
public class PhaseTests
{
    private const string OffersTls = "S: 220 mx.test\nC: *\nS: 250-mx.test\nS: 250 STARTTLS\nC: STARTTLS\n";
    private const string ToRecipient = PlainHello + "C: *\nS: 250 ok\nC: *\n";

    /// <summary>Minutes, no two the same.</summary>
    private static readonly ClientTimeouts Timeouts = new()
    {
        Greeting = TimeSpan.FromMinutes(11),
        Command = TimeSpan.FromMinutes(12),
        Recipient = TimeSpan.FromMinutes(13),
        Data = TimeSpan.FromMinutes(14),
        Content = TimeSpan.FromMinutes(15),
        Final = TimeSpan.FromMinutes(16),
    };

    [Theory]
    [InlineData("HANG", 11, SmtpStage.Greeting)]
    [InlineData("S: 220-mx.test\nHANG", 11, SmtpStage.Greeting)]
    [InlineData("S: 220 mx.test\nC: *\nHANG", 12, SmtpStage.Hello)]
    [InlineData("S: 220 mx.test\nC: *\nS: 250-mx.test\nHANG", 12, SmtpStage.Hello)]
    [InlineData(OffersTls + "HANG", 12, SmtpStage.StartTls)]
    [InlineData(OffersTls + "S: 220 go\nHANG", 11, SmtpStage.StartTls)]
    public async Task Before_there_is_a_session(string script, int minutes, object stage)
    {
        var time = new WatchedTime(TimeSpan.FromMinutes(minutes));
        await using var server = new ScriptedServer(script);
        var opening = OpenAsync(server, time);
        await server.Hanging.WaitAsync();
        await time.PassUntilAsync(opening);
        Assert.Equal(stage, (await Assert.ThrowsAsync<SmtpSessionException>(() => opening)).Stage);
    }

    [Theory]
    [InlineData(PlainHello + "C: *\nHANG", 12, TransactionOutcome.Transient, SmtpStage.Mail)]
    [InlineData(ToRecipient + "HANG", 13, TransactionOutcome.Transient, SmtpStage.Recipient)]
    [InlineData(ToRecipient + "S: 250-never\nHANG", 13, TransactionOutcome.Transient, SmtpStage.Recipient)]
    [InlineData(ToRecipient + "S: 250 ok\nC: DATA\nHANG", 14, TransactionOutcome.Transient, SmtpStage.Data)]
    [InlineData(ToRecipient + "S: 250 ok\nC: DATA\nS: 354 go\nC: ...\nHANG", 16, TransactionOutcome.Unknown, SmtpStage.Final)]
    public async Task Within_a_transaction(string script, int minutes, object outcome, object stage)
    {
        var time = new WatchedTime(TimeSpan.FromMinutes(minutes));
        await using var server = new ScriptedServer(script);
        await using var connection = await OpenAsync(server, time, TlsMode.Opportunistic);
        var sending = connection.SendAsync(Mail(), default);
        await server.Hanging.WaitAsync();
        await time.PassUntilAsync(sending);
        var reply = Assert.Single(await sending);
        Assert.Equal((outcome, stage), (reply.Outcome, reply.Stage));
    }

    [Fact]
    public async Task While_it_does_not_take_the_content()
    {
        var time = new WatchedTime(TimeSpan.FromMinutes(15));
        await using var server = new ScriptedServer(ToRecipient + "S: 250 ok\nC: DATA\nS: 354 go\nWAIT");
        await using var connection = await OpenAsync(server, time, TlsMode.Opportunistic);
        // Far more than the sockets hold.
        var sending = connection.SendAsync(Mail().With(string.Concat(Enumerable.Repeat(new string('x', 998) + "\r\n", 12_000))), default);
        await time.PassUntilAsync(sending);
        Assert.Equal(TransactionOutcome.Transient, Assert.Single(await sending).Outcome);
    }

    [Fact]
    public void The_defaults_are_those_of_the_RFC()
    {
        var defaults = new ClientTimeouts();
        Assert.Equal([5, 5, 5, 2, 3, 10], new[] { defaults.Greeting, defaults.Command, defaults.Recipient, defaults.Data, defaults.Content, defaults.Final }.Select(time => time.TotalMinutes));
    }

    private static Task<SmtpConnection> OpenAsync(ScriptedServer server, TimeProvider time, TlsMode tls = TlsMode.Required) => SmtpConnection.OpenAsync(
        new SmtpTarget("mx.test", server.Address, new Security { Tls = tls }), new ClientSettings { HelloName = "relay.test", Timeouts = Timeouts, Time = time }, default);
}
