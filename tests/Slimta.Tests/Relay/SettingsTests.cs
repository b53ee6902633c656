using Microsoft.Extensions.Options;

namespace Slimta.Tests.Relay;

public class SettingsTests
{
    [Theory]
    [InlineData("mail", true)]
    [InlineData("mail.example.com", false)]
    [InlineData("[192.0.2.1]", false)]
    public async Task A_name_that_strict_servers_refuse_is_warned_of(string name, bool isWarnedOf)
    {
        await using var relay = await RelayHost.StartAsync("127.0.0.1:1,connectTimeout=100,abortConnect=false", new() { ["Relay:HelloName"] = name });
        await relay.LoggedAsync("The relay started");
        await relay.StopAsync();
        Assert.Equal(isWarnedOf, relay.Log.Any(line => line.StartsWith("Warning", StringComparison.Ordinal) && line.Contains("Relay:HelloName", StringComparison.Ordinal)));
    }

    [Theory]
    [InlineData("Relay:Smarthost", "not a host")]
    [InlineData("Relay:Smarthost", "http://host:25")]
    [InlineData("Relay:Smarthosts", "host:25", "Section Relay has no such setting: 'Smarthosts'. It has: Smarthost, Routes,")]
    [InlineData("Relay:Routes:a.test:Hop", "host:25", "Section Relay:Routes:a.test has no such setting: 'Hop'. It has: Delivery, NextHop,")]
    [InlineData("Relay:Dkim:a.test:0:Key", "x", "Section Relay:Dkim:a.test:0 has no such setting: 'Key'. It has: Selector, KeyFile.")]
    [InlineData("Relay:Mx:DnsServers", "192.0.2.1", "Relay:Mx:DnsServers has one value; it must have keys below it, such as Relay:Mx:DnsServers:0")]
    [InlineData("Relay:Smarthost:0", "host", "Relay:Smarthost is one value and has nothing below it; remove 'Relay:Smarthost:0'")]
    [InlineData("Relay:LongLines", "Cut")]
    [InlineData("Relay:Concurrency", "0")]
    [InlineData("Relay:Concurrency", "many", "'Relay:Concurrency' is 'many': Relay:Concurrency must be from 1 to 10000; the default is 100.")]
    [InlineData("Relay:MaxStalled", "0")]
    [InlineData("Relay:Unknown", "Guess", "Relay:Unknown must be Retry, AssumeDelivered or Hold")]
    [InlineData("Relay:Routes:example.com:NextHop", "")]
    [InlineData("Relay:Routes:exa mple:NextHop", "host", "exa mple")]
    [InlineData("Relay:NamedRoutes:back up:NextHop", "host", "Relay:NamedRoutes:back up: the name must have 1 to 63 letters")]
    [InlineData("Relay:NamedRoutes:Default:NextHop", "host", "Relay:NamedRoutes:Default: this name is taken")]
    [InlineData("Relay:NamedRoutes:backup:NextHop", "", "Relay:NamedRoutes:backup:NextHop is")]
    [InlineData("Relay:NamedRoutes:backup:Delivery", "pigeon", "Relay:NamedRoutes:backup:Delivery is \"pigeon\"")]
    [InlineData("Relay:Routes:example.com:Tls", "Perhaps", "'Relay:Routes:example.com:Tls' is 'Perhaps': it must be Opportunistic, Required, Implicit or None.")]
    [InlineData("Relay:Retry:Schedule:0", "-00:05:00")]
    [InlineData("Relay:Retry:Schedule:0", "soon")]
    [InlineData("Relay:Retry:Jitter", "2")]
    [InlineData("Relay:Retry:MaxAge", "400.00:00:00")]
    [InlineData("Relay:Timeouts:Final", "00:00:00")]
    [InlineData("Relay:Bounces:DelayAfter", "-1:00:00")]
    [InlineData("Relay:Mx:DnsServers:0", "nowhere")]
    [InlineData("Relay:TrustedCertificates", "/does/not/exist.pem")]
    [InlineData("Relay:TrustedCertificates", "/dev/null")]
    [InlineData("Relay:Dkim:a.test:0:KeyFile", "/does/not/exist.pem")]
    public async Task A_wrong_setting_stops_the_start_and_is_named(string key, string value, string? name = null)
    {
        var e = await Assert.ThrowsAnyAsync<Exception>(() => RelayHost.StartAsync("127.0.0.1:1,connectTimeout=100", new() { [key] = value }));
        var wrong = Assert.IsType<OptionsValidationException>(e);
        Assert.Contains(wrong.Failures, problem => problem.Contains(name ?? key.Split(':').Last(part => part != "0"), StringComparison.OrdinalIgnoreCase));
    }
}
