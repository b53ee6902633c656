using Slimta.Smtp.Client;
using static Slimta.Tests.Client.ClientUnderTest;

namespace Slimta.Tests.Client;

public class HostileServerTests
{
    public static TheoryData<string, string, object> Drops() => new()
    {
        { "after EHLO", "", TransactionOutcome.Transient },
        { "before the reply to MAIL", "C: MAIL FROM:<a@a.test>\nC: RCPT TO:<b@b.test>\nC: DATA", TransactionOutcome.Transient },
        { "between MAIL and RCPT", "C: MAIL FROM:<a@a.test>\nC: RCPT TO:<b@b.test>\nC: DATA\nS: 250 ok", TransactionOutcome.Transient },
        { "before the reply to DATA", "C: MAIL FROM:<a@a.test>\nC: RCPT TO:<b@b.test>\nC: DATA\nS: 250 ok\nS: 250 ok", TransactionOutcome.Transient },
        { "421 for MAIL", "C: MAIL FROM:<a@a.test>\nC: RCPT TO:<b@b.test>\nC: DATA\nS: 421 4.3.2 going down", TransactionOutcome.Transient },
        { "421 for RCPT", "C: MAIL FROM:<a@a.test>\nC: RCPT TO:<b@b.test>\nC: DATA\nS: 250 ok\nS: 421 going down", TransactionOutcome.Transient },
        { "421 for DATA", "C: MAIL FROM:<a@a.test>\nC: RCPT TO:<b@b.test>\nC: DATA\nS: 250 ok\nS: 250 ok\nS: 421 going down", TransactionOutcome.Transient },
        { "421 for the dot", MailToOne + "C: ...\nS: 421 going down", TransactionOutcome.Transient },
        { "after the dot", MailToOne + "C: ...", TransactionOutcome.Unknown },
        { "in the middle of the last reply", MailToOne + "C: ...\nS: 250-2.0.0 o", TransactionOutcome.Unknown },
        { "without a goodbye after the dot", MailToOne + "C: ...\nRESET", TransactionOutcome.Unknown },
        { "with nonsense for the dot", MailToOne + "C: ...\nS: HTTP/1.1 200 OK", TransactionOutcome.Unknown },
        { "with nonsense for MAIL", "C: MAIL FROM:<a@a.test>\nC: RCPT TO:<b@b.test>\nC: DATA\nS: 25O ok", TransactionOutcome.Transient },
    };

    [Theory]
    [MemberData(nameof(Drops))]
    public async Task A_server_that_leaves_early_leaves_an_outcome(string when, string script, object outcome)
    {
        await using var server = new ScriptedServer(Hello + script);
        await using var connection = await server.OpenAsync();
        var reply = Assert.Single(await connection.SendAsync(Mail(), default));
        Assert.True(Equals(outcome, reply.Outcome), $"{when}: {reply}");
        Assert.False(connection.IsReusable);
        await server.FollowedAsync();
    }

    [Theory]
    [InlineData("", SmtpStage.Greeting)]
    [InlineData("S: 421 busy", SmtpStage.Greeting)]
    [InlineData("S: 554 not you", SmtpStage.Greeting)]
    [InlineData("S: SSH-2.0-OpenSSH", SmtpStage.Greeting)]
    [InlineData("S: 220 hi\nC: *", SmtpStage.Hello)]
    [InlineData("S: 220 hi\nC: *\nS: 421 no", SmtpStage.Hello)]
    [InlineData("S: 220 hi\nC: *\nS: 250-hi\nS: 250 STARTTLS\nC: STARTTLS\nS: 421 no", SmtpStage.StartTls)]
    public async Task A_session_that_cannot_begin_says_how_far_it_came(string script, object stage)
    {
        await using var server = new ScriptedServer(script);
        var e = await Assert.ThrowsAsync<SmtpSessionException>(() => server.OpenAsync());
        Assert.Equal(stage, e.Stage);
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task A_reply_without_an_end_is_not_listened_to_for_ever(bool manyLines)
    {
        var endless = manyLines ? "S: 250-more\\n" + string.Concat(Enumerable.Repeat("250-more\\n", 10_000)) : "S: 250 " + new string('x', 100_000);
        await using var server = new ScriptedServer("S: 220 hi\nC: *\n" + endless + "\nHANG");
        var e = await Assert.ThrowsAsync<SmtpSessionException>(() => server.OpenAsync());
        Assert.Contains("longer than", e.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("\u001b[2Jgone\u0007", "?[2Jgone?")]
    [InlineData("\u009b2Jgone\u0085", "?2Jgone?")]
    [InlineData("moc\u202e.elpmaxe\u2028", "moc?.elpmaxe?")]
    [InlineData("Postfach voll, 受信拒否 \U0001F600", "Postfach voll, 受信拒否 \U0001F600")]
    public async Task Control_characters_of_a_reply_go_no_further(string said, string shown)
    {
        await using var server = new ScriptedServer(Hello + MailToOne + $"C: ...\nS: 550 {said}");
        Assert.Equal($"550 {shown}", Assert.Single(await server.SendAsync(Mail())).Reply!.ToString());
    }

    [Fact]
    public async Task A_silent_server_is_given_the_time_of_the_phase_and_no_more()
    {
        var time = new WatchedTime(TimeSpan.FromMinutes(10));
        await using var server = new ScriptedServer(Hello + MailToOne + "C: ...\nHANG");
        await using var connection = await server.OpenAsync(time: time);
        var sending = connection.SendAsync(Mail(), default);
        await server.Hanging.WaitAsync();
        // The server may have all of it before the client knows that it was flushed.
        await time.BegunAsync();

        time.Advance(TimeSpan.FromMinutes(10) - TimeSpan.FromSeconds(1));
        Assert.False(sending.IsCompleted);
        time.Advance(TimeSpan.FromSeconds(1));
        Assert.Equal(TransactionOutcome.Unknown, Assert.Single(await sending).Outcome);
    }

    [Theory]
    [InlineData("C: MAIL FROM:<a@a.test>\nC: RCPT TO:<b@b.test>\nC: DATA\nHANG", TransactionOutcome.NotSent)]
    [InlineData(MailToOne + "C: ...\nHANG", TransactionOutcome.Unknown)]
    public async Task A_lost_lease_stops_the_delivery_and_tells_whether_the_dot_was_sent(string script, object outcome)
    {
        using var lost = new CancellationTokenSource();
        await using var server = new ScriptedServer(Hello + script);
        await using var connection = await server.OpenAsync();
        var sending = connection.SendAsync(Mail(), lost.Token);
        await server.Hanging.WaitAsync();
        await lost.CancelAsync();
        Assert.Equal(outcome, Assert.Single(await sending).Outcome);
    }

    [Fact]
    public async Task A_server_that_refuses_in_the_middle_of_a_large_message_is_heard()
    {
        await using var server = new ScriptedServer(Hello + MailToOne + "C: #70000\nS: 552 5.3.4 too big\nHANG");
        var large = string.Concat(Enumerable.Repeat("a line of some length\r\n", 20_000));
        var reply = Assert.Single(await server.SendAsync(Mail().With(large)));
        Assert.Equal(TransactionOutcome.Permanent, reply.Outcome);
    }
}
