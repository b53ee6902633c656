using Slimta.Smtp.Client;
using static Slimta.Tests.Client.ClientUnderTest;

namespace Slimta.Tests.Client;

public class TlsAndLoginTests
{
    private const string OffersTls = "S: 220 mx.test\nC: EHLO relay.test\nS: 250-mx.test\nS: 250-PIPELINING\nS: 250 STARTTLS\n";
    private const string Upgrade = OffersTls + "C: STARTTLS\nS: 220 go\nTLS\n";
    private static readonly Credentials Login = new("me", "secret");

    [Fact]
    public async Task Opportunistic_TLS_takes_any_certificate_and_reports_what_it_found()
    {
        await using var server = new ScriptedServer(Upgrade + "C: EHLO relay.test\nS: 250 mx.test\nHANG");
        await using var connection = await server.OpenAsync();
        Assert.Matches("^Tls1[23], certificate not verified \\(UntrustedRoot\\)$", connection.Tls);
        // What was offered before TLS does not count after it.
        Assert.False(connection.Capabilities.Pipelining);
    }

    [Fact]
    public async Task Required_TLS_refuses_a_certificate_that_does_not_verify()
    {
        await using var server = new ScriptedServer(Upgrade + "HANG");
        var e = await Assert.ThrowsAsync<SmtpSessionException>(() => server.OpenAsync(new Security { Tls = TlsMode.Required }));
        Assert.Equal(SmtpStage.StartTls, e.Stage);
        Assert.Contains("certificate", e.Message, StringComparison.Ordinal);
        Assert.Equal(1, server.Connections);
    }

    [Theory]
    [InlineData("S: 220 mx.test\nC: EHLO relay.test\nS: 250 mx.test\n")]
    [InlineData(OffersTls + "C: STARTTLS\nS: 454 not now\n")]
    public async Task Required_TLS_does_without_nothing(string script)
    {
        await using var server = new ScriptedServer(script + "HANG");
        var e = await Assert.ThrowsAsync<SmtpSessionException>(() => server.OpenAsync(new Security { Tls = TlsMode.Required }));
        Assert.Equal(SmtpStage.StartTls, e.Stage);
    }

    [Fact]
    public async Task Opportunistic_TLS_that_fails_is_tried_again_in_clear()
    {
        // The client's part of the handshake begins before the server's nonsense, which would be an attack otherwise.
        await using var server = new ScriptedServer(
            OffersTls + "C: STARTTLS\nS: 220 go\nC: #5\nS: this is no handshake\n",
            OffersTls + MailToOne + "C: ...\nS: 250 ok");
        await using var connection = await server.OpenAsync();
        Assert.Null(connection.Tls);
        Assert.Equal(TransactionOutcome.Delivered, Assert.Single(await connection.SendAsync(Mail(), default)).Outcome);
        await server.FollowedAsync();
        Assert.Equal(2, server.Connections);
    }

    [Theory]
    [InlineData("")]
    [InlineData("C: *\n")]
    [InlineData("C: *\nS: 250-mx.te\n")]
    [InlineData("C: *\nRESET\n")]
    public async Task A_session_that_breaks_right_after_the_handshake_is_a_handshake_that_failed(string script)
    {
        await using var server = new ScriptedServer(Upgrade + script, OffersTls + MailToOne + "C: ...\nS: 250 ok");
        await using var connection = await server.OpenAsync();
        Assert.Null(connection.Tls);
        Assert.Equal(TransactionOutcome.Delivered, Assert.Single(await connection.SendAsync(Mail(), default)).Outcome);
        Assert.Equal(2, server.Connections);
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task So_it_is_where_the_server_wants_a_certificate_of_ours_and_only_where_TLS_is_opportunistic(bool opportunistic)
    {
        await using var server = new ScriptedServer(OffersTls + "C: STARTTLS\nS: 220 go\nTLS-MUTUAL\nHANG", OffersTls + "HANG");
        if (opportunistic)
        {
            await using var connection = await server.OpenAsync();
            Assert.Null(connection.Tls);
            return;
        }
        var e = await Assert.ThrowsAsync<SmtpSessionException>(
            () => server.OpenAsync(new Security { Tls = TlsMode.Required, AllowInvalidCertificate = true }));
        Assert.Equal(("4.7.5", 1), (e.Status, server.Connections));
    }

    [Fact]
    public async Task Replies_in_one_packet_with_STARTTLS_are_an_attack()
    {
        await using var server = new ScriptedServer(OffersTls + "C: STARTTLS\nS: 220 go\nS: 250-mx.test\nS: 250 AUTH PLAIN\nHANG");
        var e = await Assert.ThrowsAsync<SmtpSessionException>(() => server.OpenAsync());
        Assert.Equal(SmtpStage.StartTls, e.Stage);
        Assert.Contains("More came in clear", e.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Implicit_TLS_begins_before_the_greeting()
    {
        await using var server = new ScriptedServer("TLS\n" + Hello + MailToOne + "C: ...\nS: 250 ok");
        var reply = Assert.Single(await server.SendAsync(Mail(), new Security { Tls = TlsMode.Implicit, AllowInvalidCertificate = true }));
        await server.FollowedAsync();
        Assert.Equal(TransactionOutcome.Delivered, reply.Outcome);
    }

    [Fact]
    public async Task The_password_is_sent_under_TLS_to_who_has_a_valid_certificate()
    {
        using var authority = new TestAuthority();
        using var certificate = authority.Issue("mx.test");
        const string login = "C: EHLO relay.test\nS: 250-mx.test\nS: 250 AUTH LOGIN PLAIN\nC: AUTH PLAIN AG1lAHNlY3JldA==\nS: 235 2.7.0 welcome\nHANG";
        await using var server = new ScriptedServer(Upgrade + login) { Certificate = certificate };
        await using var connection = await server.OpenAsync(new Security { Credentials = Login }, authorities: ServerCertificate.ReadAuthorities(authority.File));
        await server.Hanging.WaitAsync();
    }

    public static TheoryData<string, string> Attacks()
    {
        var data = new TheoryData<string, string>();
        foreach (var mechanisms in new[] { "PLAIN LOGIN", "CRAM-MD5", "SCRAM-SHA-256", "" })
            data.Add($"S: 220 mx.test\nC: EHLO relay.test\nS: 250-mx.test\nS: 250 AUTH {mechanisms}\nHANG", "4.7.4");
        data.Add("S: 220 mx.test\nC: EHLO relay.test\nS: 502 what?\nC: HELO relay.test\nS: 250 hi\nHANG", "4.7.4");
        data.Add(OffersTls + "C: STARTTLS\nS: 454 not now\nHANG", "4.7.4");
        data.Add(OffersTls + "C: STARTTLS\nS: 220 go\nC: #5\nS: this is no handshake\nHANG", "4.7.5");
        data.Add(OffersTls + "C: STARTTLS\nS: 220 go\nC: #5\nRESET", "4.7.5");
        data.Add(Upgrade + "HANG", "4.7.5");
        return data;
    }

    [Theory]
    [MemberData(nameof(Attacks))]
    public async Task Who_is_in_the_middle_gets_no_credential_and_no_mail(string script, string status)
    {
        await using var server = new ScriptedServer(script, OffersTls + "HANG");
        var e = await Assert.ThrowsAsync<SmtpSessionException>(() => server.OpenAsync(new Security { Credentials = Login }));
        Assert.Equal((SmtpStage.StartTls, status), (e.Stage, e.Status));
        Assert.Equal(1, server.Connections);
    }

    [Fact]
    public async Task Nor_under_TLS_from_the_first_byte()
    {
        await using var server = new ScriptedServer("TLS\nHANG");
        var e = await Assert.ThrowsAsync<SmtpSessionException>(() => server.OpenAsync(new Security { Tls = TlsMode.Implicit, Credentials = Login }));
        Assert.Equal("4.7.5", e.Status);
    }

    [Fact]
    public async Task A_route_may_allow_any_certificate()
    {
        await using var server = new ScriptedServer(
            Upgrade + "C: EHLO relay.test\nS: 250-mx.test\nS: 250 AUTH LOGIN PLAIN\nC: AUTH PLAIN AG1lAHNlY3JldA==\nS: 235 2.7.0 welcome\nHANG");
        await using var connection = await server.OpenAsync(new Security { Credentials = Login, AllowInvalidCertificate = true });
        await server.Hanging.WaitAsync();
    }

    [Fact]
    public async Task The_password_is_not_sent_in_clear()
    {
        await using var server = new ScriptedServer("S: 220 mx.test\nC: EHLO relay.test\nS: 250-mx.test\nS: 250 AUTH LOGIN PLAIN\nHANG");
        var e = await Assert.ThrowsAsync<SmtpSessionException>(() => server.OpenAsync(new Security { Credentials = Login, AllowInvalidCertificate = true }));
        Assert.Equal(SmtpStage.StartTls, e.Stage);
        await server.Hanging.WaitAsync();
    }

    [Fact]
    public async Task A_challenge_is_answered()
    {
        await using var server = new ScriptedServer(
            "S: 220 mx.test\nC: EHLO relay.test\nS: 250-mx.test\nS: 250 AUTH LOGIN\nC: AUTH LOGIN\nS: 334 VXNlcm5hbWU6\nC: bWU=\nS: 334 UGFzc3dvcmQ6\nC: c2VjcmV0\nS: 235 ok\nHANG");
        await using var connection = await server.OpenAsync(new Security { Credentials = Login, AllowClearTextPassword = true });
        await server.Hanging.WaitAsync();
    }

    [Fact]
    public async Task A_refused_password_ends_the_session()
    {
        await using var server = new ScriptedServer(
            "S: 220 mx.test\nC: EHLO relay.test\nS: 250-mx.test\nS: 250 AUTH PLAIN\nC: *\nS: 535 5.7.8 wrong");
        var e = await Assert.ThrowsAsync<SmtpSessionException>(
            () => server.OpenAsync(new Security { Credentials = Login, AllowClearTextPassword = true }));
        Assert.Equal((SmtpStage.Authenticate, 535), (e.Stage, e.Reply!.Code));
    }

    [Fact]
    public async Task A_server_that_knows_only_HELO_gets_HELO()
    {
        await using var server = new ScriptedServer("S: 220 mx.test\nC: EHLO relay.test\nS: 502 what?\nC: HELO relay.test\nS: 250 hi\nHANG");
        await using var connection = await server.OpenAsync();
        Assert.Equal(Capabilities.None, connection.Capabilities);
    }
}
