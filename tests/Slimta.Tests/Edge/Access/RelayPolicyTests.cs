using System.Net;
using Microsoft.Extensions.Options;
using Slimta.Edge;
using Slimta.Smtp;

namespace Slimta.Tests.Edge;

public sealed class RelayPolicyTests
{
    private static RelayPolicy Policy(params string[] domains) =>
        new(Options.Create(new EdgeOptions { Relay = { Domains = domains } }));

    [Theory]
    [InlineData("127.0.0.1", true)]
    [InlineData("::1", true)]
    [InlineData("::ffff:127.0.0.1", true)]
    [InlineData("10.1.2.3", true)]
    [InlineData("172.31.255.255", true)]
    [InlineData("172.32.0.0", false)]
    [InlineData("192.168.1.1", true)]
    [InlineData("fd00::1", true)]
    [InlineData("192.0.2.1", false)]
    [InlineData("2001:db8::1", false)]
    [InlineData("::ffff:192.0.2.1", false)]
    public void By_default_loopback_and_private_networks_may_relay(string client, bool trusted) =>
        Assert.Equal(trusted, Policy().IsTrusted(IPAddress.Parse(client), authenticatedAs: null));

    [Fact]
    public void Who_has_authenticated_may_relay() => Assert.True(Policy().IsTrusted(IPAddress.Parse("192.0.2.1"), "ann"));

    [Theory]
    [InlineData("a@open.test", true)]
    [InlineData("a@OPEN.test", true)]
    [InlineData("a@sub.open.test", false)]
    [InlineData("a@x.wild.test", true)]
    [InlineData("a@wild.test", false)]
    [InlineData("a@xwild.test", false)]
    [InlineData("a@other.test", false)]
    [InlineData("a@bücher.test", true)]
    [InlineData("a@xn--bcher-kva.test", true)]
    [InlineData("a@bu\u0308cher.test", true)]
    [InlineData("a@x.ｂücher.test", false)]
    [InlineData("a@mail.xn--mller-kva.test", true)]
    [InlineData("a@mail.MÜLLER.test", true)]
    [InlineData("a%other.test@open.test", false)]
    [InlineData("other.test!a@open.test", false)]
    [InlineData("\"a@other.test\"@open.test", false)]
    [InlineData("\"a%other.test\"@open.test", false)]
    [InlineData("a@[127.0.0.1]", false)]
    [InlineData("a@[IPv6:::1]", false)]
    public void An_open_domain_is_open_for_plain_addresses_in_it_only(string recipient, bool open)
    {
        Assert.True(SmtpMailbox.TryParse(recipient, out var mailbox));
        Assert.Equal(open, Policy("open.test", "*.wild.test", "BÜCHER.test", "*.müller.test").IsOpen(mailbox));
    }
}
