using Microsoft.Extensions.Options;

namespace Slimta.Tests.Relay;

public class SettingsTests
{
    [Theory]
    [InlineData("Relay:Smarthost", "not a host")]
    [InlineData("Relay:Smarthost", "http://host:25")]
    [InlineData("Relay:Smarthosts", "host:25")]
    [InlineData("Relay:LongLines", "Cut")]
    [InlineData("Relay:Concurrency", "0")]
    [InlineData("Relay:Concurrency", "many")]
    [InlineData("Relay:Unknown", "Guess")]
    [InlineData("Relay:Routes:example.com:NextHop", "")]
    [InlineData("Relay:Routes:exa mple:NextHop", "host", "exa mple")]
    [InlineData("Relay:Routes:example.com:Tls", "Perhaps")]
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
        Assert.True(e is OptionsValidationException or InvalidOperationException, e.ToString());
        // What the binder refuses is named in an inner exception.
        Assert.Contains(name ?? key.Split(':').Last(part => part != "0"), e.ToString(), StringComparison.OrdinalIgnoreCase);
    }
}
