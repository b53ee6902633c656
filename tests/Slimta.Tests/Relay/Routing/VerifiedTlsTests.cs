using Slimta.Storage;
using Slimta.Tests.Client;

namespace Slimta.Tests.Relay;

/// <summary>What the relay makes of a server's certificate, and what it records of it.</summary>
[Collection("relay")]
public sealed class VerifiedTlsTests(RedisServer redis) : IDisposable
{
    private const string ToStartTls = "S: 220 mx.test\nC: EHLO relay.test\nS: 250-mx.test\nS: 250 STARTTLS\nC: STARTTLS\nS: 220 go\n";

    /// <summary>One recipient is taken and one is not, so that the message stays with its record.</summary>
    private const string Delivers = ToStartTls + "TLS\n" + ClientUnderTest.TwoTakesOne + "HANG";

    private readonly TestAuthority _authority = new();

    public void Dispose() => _authority.Dispose();

    [Theory]
    [InlineData("Required", Delivers)]
    [InlineData("Opportunistic", Delivers)]
    [InlineData("Implicit", "TLS\nS: 220 mx.test\n" + ClientUnderTest.TwoTakesOne + "HANG")]
    public async Task A_certificate_of_a_trusted_authority_is_recorded_as_verified(string mode, string script)
    {
        using var certificate = _authority.Issue("127.0.0.1");
        await using var server = new ScriptedServer(script) { Certificate = certificate };
        var delivered = await AttemptAsync(server, mode, _authority.File);
        Assert.Equal(DeliveryOutcome.Delivered, delivered.Outcome);
        Assert.Matches("^Tls1[23], certificate verified$", delivered.Tls);
    }

    [Theory]
    [InlineData("mx.elsewhere.test", true, "NameMismatch")]
    [InlineData("127.0.0.1", false, "UntrustedRoot|PartialChain")]
    [InlineData("127.0.0.1 expired", true, "NotTimeValid")]
    public async Task One_that_does_not_verify_gets_mail_only_where_TLS_is_opportunistic(string host, bool trusted, string problem)
    {
        using var certificate = host.EndsWith("expired", StringComparison.Ordinal)
            ? _authority.Issue(host.Split(' ')[0], new DateTimeOffset(2021, 1, 1, 0, 0, 0, TimeSpan.Zero))
            : _authority.Issue(host);
        await using (var strict = new ScriptedServer(ToStartTls + "TLS\nHANG") { Certificate = certificate })
        {
            var refused = await AttemptAsync(strict, "Required", trusted ? _authority.File : null);
            Assert.Equal((DeliveryOutcome.Transient, 1), (refused.Outcome, strict.Connections));
            Assert.Equal($"{strict.Address}", refused.Address);
            Assert.Matches($"certificate does not verify: ({problem}) ", refused.Reply);
        }
        await using var lenient = new ScriptedServer(Delivers) { Certificate = certificate };
        var delivered = await AttemptAsync(lenient, "Opportunistic", trusted ? _authority.File : null);
        Assert.Equal(DeliveryOutcome.Delivered, delivered.Outcome);
        Assert.Matches($"^Tls1[23], certificate not verified \\(({problem})\\)$", delivered.Tls);
    }

    [Fact]
    public async Task An_authority_that_signs_for_others_does_not_vouch_for_what_it_did_not_sign()
    {
        using var other = new TestAuthority();
        using var certificate = other.Issue("127.0.0.1");
        await using var server = new ScriptedServer(ToStartTls + "TLS\nHANG") { Certificate = certificate };
        Assert.Equal(DeliveryOutcome.Transient, (await AttemptAsync(server, "Required", _authority.File)).Outcome);
    }

    private async Task<RecipientOutcome> AttemptAsync(ScriptedServer server, string mode, string? trusted)
    {
        await using var relay = await RelayHost.StartAsync(redis.Process.ConnectionString, new()
        {
            ["Relay:Routes:b.test:NextHop"] = $"{server.Address}",
            ["Relay:Routes:b.test:Tls"] = mode,
            ["Relay:TrustedCertificates"] = trusted,
            ["Relay:Timeouts:Quit"] = "00:00:00.100",
        });
        var id = await relay.WriteAsync("a@a.test", "b@b.test", "c@b.test");
        Assert.Equal((id, "deferred"), await relay.SettledAsync());
        return Assert.Single((await relay.Operator.InspectAsync(id)).Attempts).Recipients.OrderBy(outcome => outcome.Index).First();
    }
}
