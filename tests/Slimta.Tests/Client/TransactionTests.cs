using Slimta.Smtp.Client;
using static Slimta.Tests.Client.ClientUnderTest;

namespace Slimta.Tests.Client;

public class TransactionTests
{
    [Theory]
    [InlineData(Chunks.Whole)]
    [InlineData(Chunks.ByLine)]
    [InlineData(Chunks.ByByte)]
    public async Task A_message_is_delivered_however_the_replies_are_cut(Chunks chunks)
    {
        await using var server = new ScriptedServer(chunks, Hello + MailToOne + "C: ...\nS: 250-2.0.0 queued\nS: 250 2.0.0 as 1234\nC: QUIT\nS: 221 bye");
        await using var connection = await server.OpenAsync();
        var reply = Assert.Single(await connection.SendAsync(Mail(), default));
        await connection.QuitAsync();

        await server.FollowedAsync();
        Assert.Equal(TransactionOutcome.Delivered, reply.Outcome);
        Assert.Equal("250 2.0.0 queued as 1234", reply.Reply!.ToString());
        Assert.Equal(Content.Concat(".\r\n"u8.ToArray()), Assert.Single(server.Contents));
    }

    [Theory]
    [InlineData(false, Hello + MailToOne + "HANG")]
    [InlineData(true, "S: 220 mx.test\nC: EHLO relay.test\nS: 250-mx.test\nS: 250-PIPELINING\nS: 250-CHUNKING\nS: 250 BINARYMIME\n"
        + "C: MAIL FROM:<a@a.test> BODY=BINARYMIME\nC: RCPT TO:<b@b.test>\nS: 250 ok\nS: 250 ok\nHANG")]
    public async Task Content_that_may_not_end_has_no_end(bool binary, string script)
    {
        await using var server = new ScriptedServer(script);
        RecipientReply reply;
        await using (var connection = await server.OpenAsync())
        {
            reply = Assert.Single(await connection.SendAsync(Mail() with { Body = binary ? BodyKind.Binary : BodyKind.SevenBit, CanCommit = () => false }, default).WaitAsync(TimeSpan.FromSeconds(20)));
            Assert.False(connection.IsReusable);
        }
        await server.FollowedAsync();
        Assert.Equal(TransactionOutcome.NotSent, reply.Outcome);
        // It waited for the rest until the client was gone, and that was not all of it.
        Assert.True(server.Hung < Content.Length, $"{server.Hung} bytes of {Content.Length} came");
    }

    [Fact]
    public async Task Without_PIPELINING_every_command_waits_for_its_reply()
    {
        await using var server = new ScriptedServer(PlainHello + """
            C: MAIL FROM:<a@a.test>
            S: 250 ok
            C: RCPT TO:<b@b.test>
            S: 250 ok
            C: DATA
            S: 354 go
            C: ...
            S: 250 ok
            """);
        var reply = Assert.Single(await server.SendAsync(Mail()));
        await server.FollowedAsync();
        Assert.Equal(TransactionOutcome.Delivered, reply.Outcome);
    }

    [Fact]
    public async Task Each_recipient_has_its_own_outcome()
    {
        await using var server = new ScriptedServer(Hello + """
            C: MAIL FROM:<a@a.test>
            C: RCPT TO:<good@b.test>
            C: RCPT TO:<full@b.test>
            C: RCPT TO:<nobody@b.test>
            C: DATA
            S: 250 ok
            S: 250 ok
            S: 452 4.2.2 mailbox full
            S: 550-5.1.1 no
            S: 550 5.1.1 such user
            S: 354 go
            C: ...
            S: 250 ok
            """);
        var replies = await server.SendAsync(Mail("good@b.test", "full@b.test", "nobody@b.test"));
        await server.FollowedAsync();
        Assert.Equal([TransactionOutcome.Delivered, TransactionOutcome.Transient, TransactionOutcome.Permanent], replies.Select(r => r.Outcome));
        Assert.Equal("4.2.2", replies[1].Reply!.EnhancedCode);
        Assert.Equal("no\nsuch user", replies[2].Reply!.Text);
    }

    [Fact]
    public async Task When_no_recipient_is_accepted_a_lone_dot_ends_the_data_and_the_connection_serves_on()
    {
        await using var server = new ScriptedServer(Hello + """
            C: MAIL FROM:<a@a.test>
            C: RCPT TO:<b@b.test>
            C: DATA
            S: 250 ok
            S: 550 5.1.1 no
            S: 354 go on then
            C: .
            S: 554 no valid recipients
            C: RSET
            S: 250 ok
            C: MAIL FROM:<a@a.test>
            C: RCPT TO:<b@b.test>
            C: DATA
            S: 250 ok
            S: 250 ok
            S: 354 go
            C: ...
            S: 250 ok
            """);
        await using var connection = await server.OpenAsync();
        var first = Assert.Single(await connection.SendAsync(Mail(), default));
        var second = Assert.Single(await connection.SendAsync(Mail(), default));
        await server.FollowedAsync();
        Assert.Equal(TransactionOutcome.Permanent, first.Outcome);
        Assert.Equal(TransactionOutcome.Delivered, second.Outcome);
    }

    [Theory]
    [InlineData("451 4.3.0 later", TransactionOutcome.Transient)]
    [InlineData("554 5.6.0 never", TransactionOutcome.Permanent)]
    [InlineData("250 ok", TransactionOutcome.Delivered)]
    [InlineData("251 forwarded", TransactionOutcome.Delivered)]
    [InlineData("354 what?", TransactionOutcome.Transient)]
    public async Task The_reply_to_the_final_dot_decides(string final, object outcome)
    {
        await using var server = new ScriptedServer(Hello + MailToOne + $"C: ...\nS: {final}");
        Assert.Equal(outcome, Assert.Single(await server.SendAsync(Mail())).Outcome);
        await server.FollowedAsync();
    }

    [Fact]
    public async Task LMTP_answers_for_each_recipient_after_the_content()
    {
        await using var server = new ScriptedServer("""
            S: 220 mx.test
            C: LHLO relay.test
            S: 250-mx.test
            S: 250 PIPELINING
            C: MAIL FROM:<a@a.test>
            C: RCPT TO:<one@b.test>
            C: RCPT TO:<two@b.test>
            C: RCPT TO:<three@b.test>
            C: RCPT TO:<four@b.test>
            C: DATA
            S: 250 ok
            S: 250 ok
            S: 550 5.1.1 no
            S: 250 ok
            S: 250 ok
            S: 354 go
            C: ...
            S: 250 stored
            S: 452 4.2.2 full
            """);
        var replies = await server.SendAsync(Mail("one@b.test", "two@b.test", "three@b.test", "four@b.test"), new Security { Lmtp = true });
        await server.FollowedAsync();
        Assert.Equal(
            [TransactionOutcome.Delivered, TransactionOutcome.Permanent, TransactionOutcome.Transient, TransactionOutcome.Unknown],
            replies.Select(r => r.Outcome));
    }

    [Fact]
    public async Task Binary_content_goes_by_BDAT_unaltered()
    {
        const string bare = "a\nb\rc\r\n.\r\n\0";
        await using var server = new ScriptedServer($"""
            S: 220 mx.test
            C: EHLO relay.test
            S: 250-mx.test
            S: 250-CHUNKING
            S: 250 BINARYMIME
            C: MAIL FROM:<a@a.test> BODY=BINARYMIME
            S: 250 ok
            C: RCPT TO:<b@b.test>
            S: 250 ok
            C: BDAT {bare.Length} LAST
            C: #{bare.Length}
            S: 250 ok
            """);
        var reply = Assert.Single(await server.SendAsync(Mail().With(bare) with { Body = BodyKind.Binary }));
        await server.FollowedAsync();
        Assert.Equal(TransactionOutcome.Delivered, reply.Outcome);
        Assert.Equal(bare, System.Text.Encoding.Latin1.GetString(Assert.Single(server.Contents)));
    }

    [Fact]
    public async Task A_bare_line_end_never_reaches_the_wire_of_DATA()
    {
        await using var server = new ScriptedServer(Hello + MailToOne + "HANG");
        var reply = Assert.Single(await server.SendAsync(Mail().With("Subject: x\r\n\r\nsmuggled\n.\r\nMAIL FROM:<evil@test>\r\n")));
        await server.FollowedAsync();
        Assert.Equal(TransactionOutcome.Permanent, reply.Outcome);
    }

    [Fact]
    public async Task DSN_parameters_are_passed_on_to_a_server_that_knows_them()
    {
        await using var server = new ScriptedServer(Hello + """
            C: MAIL FROM:<a@a.test> RET=HDRS ENVID=QQ314159
            C: RCPT TO:<b@b.test> NOTIFY=SUCCESS,DELAY ORCPT=rfc822;x@b.test
            C: DATA
            S: 250 ok
            S: 250 ok
            S: 354 go
            C: ...
            S: 250 ok
            """);
        await server.SendAsync(Mail() with
        {
            Parameters = new Dictionary<string, string> { ["RET"] = "HDRS", ["ENVID"] = "QQ314159", ["BODY"] = "7BIT" },
            Recipients = [new("b@b.test", new Dictionary<string, string> { ["NOTIFY"] = "SUCCESS,DELAY", ["ORCPT"] = "rfc822;x@b.test" })],
        });
        await server.FollowedAsync();
    }

    /// <summary>RFC 6533 §3: as it is only in a transaction with SMTPUTF8.</summary>
    [Theory]
    [InlineData(false, "utf-8;\u00fc+1@b.test", "utf-8;\\x{FC}\\x{2B}1@b.test")]
    [InlineData(false, "utf-8;\\x{FC}@b.test", "utf-8;\\x{FC}@b.test")]
    [InlineData(true, "utf-8;\u00fc@b.test", "utf-8;\u00fc@b.test")]
    public async Task An_original_recipient_that_is_not_ASCII_goes_in_ASCII_where_the_message_does(bool utf8, string given, string sent)
    {
        await using var server = new ScriptedServer($"{Hello}C: MAIL FROM:<a@a.test>{(utf8 ? " SMTPUTF8" : "")}\nC: RCPT TO:<b@b.test> ORCPT={sent}\nC: DATA\n"
            + "S: 250 ok\nS: 250 ok\nS: 354 go\nC: ...\nS: 250 ok");
        await server.SendAsync(Mail() with { Utf8 = utf8, Recipients = [new("b@b.test", new Dictionary<string, string> { ["ORCPT"] = given })] });
        await server.FollowedAsync();
    }
}
