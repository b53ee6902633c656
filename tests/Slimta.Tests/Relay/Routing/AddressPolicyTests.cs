using System.Net;
using Microsoft.Extensions.Time.Testing;

namespace Slimta.Tests.Relay;

public class AddressPolicyTests
{
    private static readonly AddressPolicy Policy = new(() => [], TimeProvider.System);

    public static TheoryData<string> Refused() =>
    [
        "0.0.0.0", "0.1.2.3", "10.1.2.3", "100.64.0.1", "100.127.255.255", "127.0.0.1", "127.9.9.9", "169.254.169.254", "172.16.0.1", "172.31.255.255",
        "192.0.0.8", "192.168.1.1", "198.18.0.1", "198.19.255.255", "224.0.0.1", "239.255.255.255", "240.0.0.1", "255.255.255.255",
    ];

    public static TheoryData<string> Public() => ["1.1.1.1", "8.8.8.8", "100.63.255.255", "100.128.0.0", "172.15.0.1", "172.32.0.1", "192.0.1.1", "198.17.0.1", "223.255.255.255"];

    [Theory]
    [MemberData(nameof(Refused))]
    public void An_address_that_is_private_stays_so_in_every_disguise(string address)
    {
        Assert.False(Policy.IsPublic(IPAddress.Parse(address)));
        Assert.All(Disguises(IPAddress.Parse(address)), disguised => Assert.False(Policy.IsPublic(disguised), $"{disguised}"));
    }

    [Theory]
    [MemberData(nameof(Public))]
    public void A_public_one_is_public_behind_a_translator_too(string address)
    {
        Assert.True(Policy.IsPublic(IPAddress.Parse(address)));
        var octets = IPAddress.Parse(address).GetAddressBytes();
        Assert.All(new[] { Of("64:ff9b::", 12, octets), Of("2002::", 2, octets), Of("::ffff:0:0", 12, octets) }, translated => Assert.True(Policy.IsPublic(translated), $"{translated}"));
    }

    [Theory]
    [InlineData("::")]
    [InlineData("::1")]
    [InlineData("64:ff9b:1::808:808")]
    [InlineData("2001::1")]
    [InlineData("2001:0:53aa:64c:0:0:f7f7:f7f7")]
    [InlineData("2001:db8::1")]
    [InlineData("fc00::1")]
    [InlineData("fd12:3456::1")]
    [InlineData("fe80::1")]
    [InlineData("fe80::1%2")]
    [InlineData("fec0::1")]
    [InlineData("ff02::1")]
    public void What_IPv6_keeps_for_itself_is_refused(string address) => Assert.False(Policy.IsPublic(IPAddress.Parse(address)));

    [Theory]
    [InlineData("2606:4700::1111")]
    [InlineData("2a00:1450:4001:81b::1b")]
    [InlineData("2001:4860:4860::8888")]
    public void The_rest_of_the_internet_is_public(string address) => Assert.True(Policy.IsPublic(IPAddress.Parse(address)));

    [Fact]
    public void For_every_address_a_disguise_is_as_public_as_what_it_hides()
    {
        var random = new Random(16);
        var octets = new byte[4];
        for (var i = 0; i < 20_000; i++)
        {
            random.NextBytes(octets);
            var plain = new IPAddress(octets);
            foreach (var disguised in new[] { Of("::", 12, octets), Of("::ffff:0:0", 12, octets), Of("::ffff:0:0:0", 12, octets), Of("64:ff9b::", 12, octets), Of("2002::", 2, octets), Of("2a00:1450::5efe:0:0", 12, octets), Of("2a00:1450::200:5efe:0:0", 12, octets) })
                Assert.True(Policy.IsPublic(plain) == Policy.IsPublic(disguised), $"{plain} {disguised}");
        }
    }

    [Fact]
    public void Our_own_addresses_are_those_of_now_in_every_disguise()
    {
        var time = new FakeTimeProvider();
        var own = new List<IPAddress> { IPAddress.Parse("8.8.4.4") };
        var policy = new AddressPolicy(() => own, time);
        var later = IPAddress.Parse("9.9.9.9");
        Assert.False(policy.IsPublic(own[0]));
        Assert.True(policy.IsPublic(later));
        own[0] = later;
        time.Advance(TimeSpan.FromSeconds(5));
        Assert.False(policy.IsPublic(later));
        Assert.All(Disguises(later), disguised => Assert.False(policy.IsPublic(disguised), $"{disguised}"));
        Assert.True(policy.IsPublic(IPAddress.Parse("8.8.4.4")));
    }

    [Fact]
    public void This_host_knows_its_own_addresses() =>
        Assert.All(Dns.GetHostAddresses(Dns.GetHostName()), own => Assert.False(AddressPolicy.OfThisHost(TimeProvider.System).IsPublic(own), $"{own}"));

    private static IPAddress[] Disguises(IPAddress address)
    {
        var octets = address.GetAddressBytes();
        return
        [
            Of("::", 12, octets), Of("::ffff:0:0", 12, octets), Of("::ffff:0:0:0", 12, octets), Of("64:ff9b::", 12, octets), Of("64:ff9b:1::", 12, octets),
            Of("2002::", 2, octets), Of("2001::", 4, octets), Of("2001::", 12, [.. octets.Select(octet => (byte)~octet)]), Of("2a00:1450::5efe:0:0", 12, octets), Of("2a00:1450::200:5efe:0:0", 12, octets),
        ];
    }

    private static IPAddress Of(string prefix, int at, byte[] octets)
    {
        var bytes = IPAddress.Parse(prefix).GetAddressBytes();
        octets.CopyTo(bytes, at);
        return new IPAddress(bytes);
    }
}
