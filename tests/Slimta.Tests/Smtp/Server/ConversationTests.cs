using Slimta.Smtp;
using Slimta.Smtp.Server;

namespace Slimta.Tests.Smtp.Server;

/// <summary>Conversations replayed whole, by line and byte by byte.</summary>
public sealed class ConversationTests
{
    private const string Banner = "S: 220 mx.test ESMTP";
    private const string Ehlo = """
        C: EHLO client.test
        S: 250-mx.test
        S: 250-PIPELINING
        S: 250-SIZE 50000000
        S: 250-8BITMIME
        S: 250-SMTPUTF8
        S: 250-ENHANCEDSTATUSCODES
        S: 250-CHUNKING
        S: 250 DSN
        """;

    private const string Rcpt = """
        C: MAIL FROM:<a@a.test>
        S: 250 2.1.0 Ok
        C: RCPT TO:<b@b.test>
        S: 250 2.1.5 Ok
        """;

    private const string Data = """
        C: DATA
        S: 354 End data with <CR><LF>.<CR><LF>
        """;

    private const string Quit = """
        C: QUIT
        S: 221 2.0.0 Bye
        """;

    [Fact]
    public Task A_message_is_taken_and_its_dots_are_removed() => Conversation.PlayAsync($"""
        {Banner}
        {Ehlo}
        C: MAIL FROM:<a@a.test> SIZE=10 BODY=8BITMIME RET=HDRS ENVID=x+2B1
        S: 250 2.1.0 Ok
        C: RCPT TO:<b@b.test> NOTIFY=SUCCESS,DELAY ORCPT=rfc822;b@b.test
        S: 250 2.1.5 Ok
        C: rcpt to: <"odd @ one"@[IPv6:::1]>
        S: 250 2.1.5 Ok
        {Data}
        C: Subject: x
        C:
        C: ..
        C: .single
        C: text
        C: .
        S: 250 2.6.0 kept
        {Quit}
        """, () => new(), recorder =>
        {
            var message = Assert.Single(recorder.Messages);
            Assert.Equal("a@a.test", message.Mail.Sender);
            Assert.Equal(["b@b.test", "\"odd @ one\"@[IPv6:::1]"], message.Recipients.Select(r => r.Mailbox.ToString()));
            Assert.Equal("SUCCESS,DELAY", message.Recipients[0].Parameters["NOTIFY"]);
            Assert.Equal("Subject: x\r\n\r\n.\r\nsingle\r\ntext\r\n", message.Text);
            Assert.Equal("ESMTP", message.Protocol);
        });

    [Fact]
    public Task Commands_out_of_order_are_refused() => Conversation.PlayAsync($"""
        {Banner}
        C: MAIL FROM:<a@a.test>
        S: 503 5.5.1 Send EHLO first
        C: NOOP
        S: 250 2.0.0 Ok
        C: HELO client.test
        S: 250 mx.test
        C: RCPT TO:<b@b.test>
        S: 503 5.5.1 Send MAIL first
        C: DATA
        S: 503 5.5.1 Send MAIL first
        C: MAIL FROM:<>
        S: 250 2.1.0 Ok
        C: MAIL FROM:<>
        S: 503 5.5.1 Nested MAIL command; send RSET first
        C: DATA
        S: 503 5.5.1 No valid recipients; send RCPT first
        C: RSET
        S: 250 2.0.0 Ok
        C: RCPT TO:<b@b.test>
        S: 503 5.5.1 Send MAIL first
        {Quit}
        """, () => new(), recorder => Assert.Empty(recorder.Messages));

    [Fact]
    public Task The_other_commands() => Conversation.PlayAsync($"""
        {Banner}
        {Ehlo}
        C: VRFY a
        S: 252 2.0.0 Cannot VRFY user, but will accept message and attempt delivery
        C: VRFY
        S: 501 5.5.4 Syntax error in argument
        C: EXPN a
        S: 502 5.5.1 Command not implemented
        C: HELP
        S: 214-2.0.0 EHLO HELO MAIL RCPT DATA BDAT RSET NOOP VRFY HELP QUIT STARTTLS AUTH
        S: 214 2.0.0 See RFC 5321
        C: NOOP anything
        S: 250 2.0.0 Ok
        C: XYZZY
        S: 500 5.5.1 Command not recognized
        C:
        S: 500 5.5.1 Command not recognized
        C: STARTTLS
        S: 502 5.5.1 Command not implemented
        C: AUTH PLAIN
        S: 502 5.5.1 Command not implemented
        C: EHLO
        S: 501 5.5.4 EHLO needs a domain or an address literal
        C: EHLO <script>
        S: 501 5.5.4 EHLO needs a domain or an address literal
        C: QUIT now
        S: 501 5.5.4 No argument allowed
        {Quit}
        """, () => new());

    [Fact]
    public Task Parameters_and_addresses_that_are_wrong_are_refused() => Conversation.PlayAsync($"""
        {Banner}
        {Ehlo}
        C: MAIL FROM:<a@a.test> FOO=1
        S: 555 5.5.4 Parameter not recognized or not implemented
        C: MAIL FROM:<a@a.test> BODY=BINARYMIME
        S: 555 5.5.4 Parameter not recognized or not implemented
        C: MAIL FROM:<a@a.test> SIZE=50000001
        S: 552 5.3.4 Message size exceeds the limit
        C: MAIL FROM:<a@a.test> SIZE=x
        S: 501 5.5.4 Syntax error in argument
        C: MAIL FROM:<a@a.test> SIZE=1 SIZE=1
        S: 501 5.5.4 Syntax error in argument
        C: MAIL FROM:a@a.test
        S: 501 5.1.7 Bad sender address syntax
        C: MAIL FROM:<postmaster>
        S: 501 5.1.7 Bad sender address syntax
        C: MAIL TO:<a@a.test>
        S: 501 5.5.4 Syntax error in argument
        C: MAIL FROM:<ä@a.test>
        S: 553 5.6.7 This address needs SMTPUTF8
        C: MAIL FROM:<ä@a.test> SMTPUTF8
        S: 250 2.1.0 Ok
        C: RCPT TO:<>
        S: 501 5.1.3 Bad recipient address syntax
        C: RCPT TO:<@route.test,@[10.0.0.1]:b@b.test>
        S: 250 2.1.5 Ok
        C: RCPT TO:<postmaster>
        S: 250 2.1.5 Ok
        C: RCPT TO:<b@b.test> NOTIFY=NEVER,SUCCESS
        S: 501 5.5.4 Syntax error in argument
        C: RCPT TO:<b@b.test> SIZE=3
        S: 555 5.5.4 Parameter not recognized or not implemented
        {Quit}
        """, () => new());

    [Fact]
    public Task Too_many_errors_end_the_session() => Conversation.PlayAsync($"""
        {Banner}
        C: X
        S: 500 5.5.1 Command not recognized
        C: X
        S: 500 5.5.1 Command not recognized
        S: 421 4.7.0 Too many errors; closing
        C: NOOP
        """, () => new(), options: () => new() { Hostname = "mx.test", Limits = { MaxErrors = 2 } });

    [Fact]
    public Task Recipients_beyond_the_limit_get_452_and_the_others_their_mail() => Conversation.PlayAsync($"""
        {Banner}
        {Ehlo}
        {Rcpt}
        C: RCPT TO:<c@b.test>
        S: 452 4.5.3 Too many recipients; send the rest in another message
        {Data}
        C: .
        S: 250 2.6.0 kept
        {Quit}
        """, () => new(), recorder => Assert.Equal("", Assert.Single(recorder.Messages).Text),
        () => new() { Hostname = "mx.test", Limits = { MaxRecipients = 1 } });

    [Fact]
    public Task After_a_refusal_for_size_the_body_is_not_read_as_commands() => Conversation.PlayAsync($"""
        {Banner}
        {Ehlo.Replace("50000000", "20", StringComparison.Ordinal)}
        {Rcpt}
        {Data}
        C: 0123456789
        C: 0123456789
        C: QUIT
        C: MAIL FROM:<x@x.test>
        C: .
        S: 552 5.3.4 Message size exceeds the limit
        {Rcpt}
        {Data}
        C: small
        C: .
        S: 250 2.6.0 kept
        {Quit}
        """, () => new(), recorder => Assert.Equal("small\r\n", Assert.Single(recorder.Messages).Text),
        () => new() { Hostname = "mx.test", Limits = { MaxMessageBytes = 20 } });

    [Fact]
    public Task A_refused_message_leaves_room_for_the_next() => Conversation.PlayAsync($"""
        {Banner}
        {Ehlo}
        {Rcpt}
        {Data}
        C: text
        C: .
        S: 451 4.3.0 later
        C: DATA
        S: 503 5.5.1 Send MAIL first
        {Quit}
        """, () => new() { OnComplete = _ => Task.FromResult(new SmtpReply(451, "4.3.0", "later")) });

    [Fact]
    public Task Chunks_are_taken_as_they_are() => Conversation.PlayAsync($"""
        {Banner}
        {Ehlo}
        {Rcpt}
        C: BDAT 7
        C: .
        C: ab
        S: 250 2.0.0 Ok
        C: MAIL FROM:<c@c.test>
        S: 503 5.5.1 Nested MAIL command; send RSET first
        C: DATA
        S: 503 5.5.1 Send BDAT or RSET
        C: bdat 4 last
        C: ab
        S: 250 2.6.0 kept
        C: BDAT 4
        C: hi
        S: 503 5.5.1 Send MAIL first
        {Quit}
        """, () => new(), recorder => Assert.Equal(".\r\nab\r\nab\r\n", Assert.Single(recorder.Messages).Text));

    [Fact]
    public Task HTTP_is_not_talked_to() => Conversation.PlayAsync($"""
        {Banner}
        C: POST / HTTP/1.1
        S: 554 5.5.1 Not an SMTP client; closing
        C: Host: x
        C: MAIL FROM:<a@a.test>
        """, () => new());

    [Fact]
    public Task A_handler_that_fails_costs_451_and_not_the_session() => Conversation.PlayAsync($"""
        {Banner}
        {Ehlo}
        {Rcpt}
        {Data}
        C: text
        C: .
        S: 451 4.3.0 Local error in processing; try again later
        {Quit}
        """, () => new() { OnComplete = _ => throw new IOException("disk full") }, recorder => Assert.Equal(SmtpSessionEndReason.Quit, Assert.Single(recorder.Ended).Reason));
}
