using System.Net.Sockets;
using Slimta.Relay;
using Slimta.Smtp.Client;

namespace Slimta.Tests.Relay;

public class RoutingTests
{
    private static async Task<(string[] Hosts, string? Failure)> RouteAsync(string domain, params (string Name, string[] Records)[] records)
    {
        await using var dns = new ScriptedDns(records.ToDictionary(r => r.Name, r => r.Records));
        var options = new RelayOptions();
        options.Mx.DnsServers = [dns.Address];
        return await RouteAsync(domain, options);
    }

    private static async Task<(string[] Hosts, string? Failure)> RouteAsync(string domain, RelayOptions options)
    {
        var routing = new Router(options).Route(domain);
        if (routing.Failure is { } failure)
            return ([], failure.Status);
        var servers = await Servers(options.Mx).FindAsync(routing.Destination!, default).ToListAsync();
        return ([.. servers.Select(server => server.Host).Where(host => host.Length > 0)], servers.Find(server => server.Problem is not null)?.Problem!.Status);
    }

    private static MailServers Servers(MxOptions options) => new(new MailDns(options, TimeProvider.System), AddressPolicy.OfThisHost(TimeProvider.System), options, "relay.test", TimeProvider.System);

    private static Router Configured(params (string Domain, string NextHop)[] routes)
    {
        var options = new RelayOptions();
        foreach (var (domain, hop) in routes)
            options.Routes[domain] = new RouteOptions { NextHop = hop };
        return new Router(options);
    }

    [Theory]
    [InlineData("bücher.test", "xn--bcher-kva.test")]
    [InlineData("xn--bcher-kva.test", "BÜCHER.test")]
    [InlineData("bücher.test", "bu\u0308cher.test")]
    [InlineData("*.bücher.test", "mail.XN--BCHER-KVA.test")]
    [InlineData("*.xn--bcher-kva.test", "mail.b\u00ADücher.test")]
    public void A_route_is_found_by_every_form_of_its_domain(string configured, string domain)
    {
        var routing = Configured((configured, "next.test")).Route(domain);
        Assert.Equal("next.test", Assert.Single(routing.Destination!.Hosts).Host);
    }

    [Fact]
    public async Task Mail_servers_are_tried_in_the_order_of_their_preference()
    {
        var (hosts, _) = await RouteAsync("b.test", ("MX b.test", ["20 second.b.test", "10 first.b.test", "30 third.b.test"]));
        Assert.Equal(["first.b.test", "second.b.test", "third.b.test"], hosts);
    }

    [Fact]
    public async Task Equals_take_turns()
    {
        var first = new HashSet<string>();
        for (var i = 0; i < 100 && first.Count < 2; i++)
            first.Add((await RouteAsync("b.test", ("MX b.test", ["10 one.b.test", "10 two.b.test"]))).Hosts[0]);
        Assert.Equal(2, first.Count);
    }

    [Fact]
    public async Task Without_MX_the_domain_is_its_own_mail_server() =>
        Assert.Equal(["b.test"], (await RouteAsync("b.test", ("A b.test", ["192.0.2.1"]))).Hosts);

    [Fact]
    public async Task An_alias_has_the_mail_servers_of_what_it_stands_for() =>
        Assert.Equal(["mx.b.test"], (await RouteAsync("alias.test", ("CNAME alias.test", ["b.test"]), ("MX b.test", ["10 mx.b.test"]))).Hosts);

    [Fact]
    public async Task Without_MX_an_alias_is_its_own_mail_server() =>
        Assert.Equal(["alias.test"], (await RouteAsync("alias.test", ("CNAME alias.test", ["b.test"]), ("A b.test", ["192.0.2.1"]))).Hosts);

    [Fact]
    public async Task A_mail_server_has_addresses_of_both_kinds()
    {
        await using var dns = new ScriptedDns(new() { ["A mx.b.test"] = ["192.0.2.1", "192.0.2.2"], ["AAAA mx.b.test"] = ["2001:db8::1"] });
        var answer = await new MailDns(new MxOptions { DnsServers = [dns.Address] }, TimeProvider.System).AddressesAsync("mx.b.test", default);
        string[] expected = Socket.OSSupportsIPv6 ? ["192.0.2.1", "192.0.2.2", "2001:db8::1"] : ["192.0.2.1", "192.0.2.2"];
        Assert.Equal(expected, answer.Records.Select(address => $"{address}").Order(StringComparer.Ordinal));
        // In turns: a network without one of them does not use up the tries.
        Assert.Equal(Socket.OSSupportsIPv6, answer.Records[1].AddressFamily == AddressFamily.InterNetworkV6);
    }

    [Fact]
    public async Task A_null_MX_takes_no_mail() =>
        Assert.Equal("5.1.10", (await RouteAsync("b.test", ("MX b.test", ["0 ."]))).Failure);

    [Fact]
    public async Task A_domain_that_does_not_exist_is_refused_for_good() =>
        Assert.Equal("5.1.2", (await RouteAsync("nowhere.test")).Failure);

    [Theory]
    [InlineData("!b.test")]
    [InlineData("^b.test")]
    public async Task A_DNS_that_fails_is_asked_again_later(string record) =>
        Assert.Equal("4.4.3", (await RouteAsync("b.test", (record, []))).Failure);

    [Fact]
    public async Task A_domain_without_mail_server_and_address_is_refused_for_good() =>
        Assert.Equal("5.1.2", (await RouteAsync("b.test", ("TXT b.test", []))).Failure);

    [Theory]
    [InlineData("A other.test")]
    [InlineData("TXT mx.b.test")]
    public async Task A_domain_whose_mail_servers_do_not_exist_is_refused_for_good(string record) =>
        Assert.Equal("5.4.4", (await RouteAsync("b.test", ("MX b.test", ["10 mx.b.test"]), (record, []))).Failure);

    [Fact]
    public async Task A_mail_server_that_the_DNS_cannot_tell_of_is_asked_for_again() =>
        Assert.Equal("4.4.3", (await RouteAsync("b.test", ("MX b.test", ["10 mx.b.test"]), ("!mx.b.test", []))).Failure);

    [Theory]
    [InlineData("localhost")]
    [InlineData("mail.localhost")]
    [InlineData("[127.0.0.1]")]
    [InlineData("[IPv6:::1]")]
    public async Task No_domain_leads_to_this_machine(string domain) =>
        Assert.Equal("5.4.6", (await RouteAsync(domain, ($"A {domain}", ["192.0.2.1"]))).Failure);

    [Fact]
    public async Task Aliases_are_followed_where_the_answer_only_names_the_next() =>
        Assert.Null((await RouteAsync("b.test", ("MX b.test", ["10 one.test"]), ("CNAME one.test", ["two.test"]), ("CNAME two.test", ["three.test"]), ("A three.test", ["8.8.8.8"]))).Failure);

    [Fact]
    public async Task Aliases_that_lead_to_themselves_are_refused_for_good() =>
        Assert.Equal("5.4.4", (await RouteAsync("b.test", ("MX b.test", ["10 one.test"]), ("CNAME one.test", ["two.test"]), ("CNAME two.test", ["one.test"]))).Failure);

    public static TheoryData<string> NoNames() => [string.Join('.', Enumerable.Repeat("abcdefgh", 28)) + ".ab", "xn--.test", "a..b"];

    [Theory]
    [MemberData(nameof(NoNames))]
    public async Task What_is_no_name_in_the_DNS_does_not_exist(string domain) =>
        Assert.Equal("5.1.2", (await RouteAsync(domain)).Failure);

    [Fact]
    public async Task A_mail_server_that_is_no_name_has_no_address() =>
        Assert.Equal("5.4.4", (await RouteAsync("b.test", ("MX b.test", ["10 xn--.test"]))).Failure);

    [Fact]
    public async Task What_was_not_found_is_remembered()
    {
        await using var dns = new ScriptedDns(new() { ["!b.test"] = [], ["MX c.test"] = ["10 gone.test"] });
        var options = new MxOptions { DnsServers = [dns.Address] };
        var servers = Servers(options);
        foreach (var domain in new[] { "b.test", "c.test" })
            await servers.FindAsync(Mail(domain), default).ToListAsync();
        var asked = dns.Questions.Count;
        foreach (var domain in new[] { "b.test", "c.test" })
            await servers.FindAsync(Mail(domain), default).ToListAsync();
        Assert.Equal(asked, dns.Questions.Count);
    }

    [Fact]
    public async Task A_stranger_cannot_make_us_ask_for_hundreds_of_hosts()
    {
        var hosts = Enumerable.Range(0, 200).Select(i => $"10 mx{i}.b.test").ToArray();
        await using var dns = new ScriptedDns(new() { ["MX b.test"] = hosts });
        var servers = await Servers(new MxOptions { DnsServers = [dns.Address] }).FindAsync(Mail("b.test"), default).ToListAsync();
        Assert.Equal(10, dns.Questions.Where(question => question.StartsWith("A ", StringComparison.Ordinal)).Distinct().Count());
        // Not all of them were asked for, so it is not for good.
        Assert.Contains(servers, server => server.Problem is { IsPermanent: false });
    }

    private static Destination Mail(string domain) => new Router(new RelayOptions()).Route(domain).Destination!;

    [Fact]
    public async Task Where_we_are_a_backup_only_nearer_servers_are_tried() =>
        Assert.Equal(["first.b.test"], (await RouteAsync("b.test", ("MX b.test", ["10 first.b.test", "20 relay.test", "20 equal.b.test", "30 far.b.test"]))).Hosts);

    [Fact]
    public async Task Mail_that_would_come_back_to_us_is_refused() =>
        Assert.Equal("5.4.6", (await RouteAsync("b.test", ("MX b.test", ["10 Relay.Test"]))).Failure);

    [Fact]
    public async Task An_internationalised_domain_is_looked_up_in_ascii() =>
        Assert.Equal(["mx.b.test"], (await RouteAsync("b\u00fccher.test", ("MX xn--bcher-kva.test", ["10 mx.b.test"]))).Hosts);

    [Theory]
    [InlineData("[192.0.2.1]", "192.0.2.1")]
    [InlineData("[IPv6:2001:db8::1]", "2001:db8::1")]
    public async Task An_address_literal_needs_no_DNS(string domain, string host) => Assert.Equal([host], (await RouteAsync(domain)).Hosts);

    [Theory]
    [InlineData("example.com", "exact:25")]
    [InlineData("EXAMPLE.com", "exact:25")]
    [InlineData("a.example.com", "below:2525")]
    [InlineData("a.b.example.com", "below:2525")]
    [InlineData("notexample.com", "rest:24")]
    public void The_nearest_route_counts(string domain, string hop)
    {
        var router = Configured(("example.com", "exact"), ("*.example.com", "below:2525"), ("*", "lmtp://rest"));
        var destination = router.Route(domain).Destination!;
        Assert.Equal(hop, $"{destination.Hosts[0].Host}:{destination.Hosts[0].Port}");
        Assert.Equal(hop.StartsWith("rest", StringComparison.Ordinal), destination.Security.Lmtp);
    }

    [Theory]
    [InlineData("host", "host", 25, TlsMode.Opportunistic)]
    [InlineData("host:2525", "host", 2525, TlsMode.Opportunistic)]
    [InlineData("[::1]:2525", "::1", 2525, TlsMode.Opportunistic)]
    [InlineData("smtps://host", "host", 465, TlsMode.Implicit)]
    [InlineData("tcp://host:1025", "host", 1025, TlsMode.Opportunistic)]
    [InlineData("smtp://me:se%40cret@host:587", "host", 587, TlsMode.Opportunistic)]
    public void A_next_hop_is_a_host_a_port_or_a_URL(string text, string host, int port, TlsMode tls)
    {
        var hop = NextHop.Parse("key", new RouteOptions { NextHop = text }, out _)!;
        Assert.Equal((host, port, tls), (hop.Host, hop.Port, hop.Security.Tls));
        if (text.Contains('@', StringComparison.Ordinal))
            Assert.Equal(("me", "se@cret"), (hop.Security.Credentials!.UserName, hop.Security.Credentials.Password));
    }
}
