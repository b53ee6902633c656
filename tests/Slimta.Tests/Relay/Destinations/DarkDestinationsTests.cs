using Slimta.Storage.Tests.Support;
using Slimta.Tests.Mailbox;
using Xunit.Abstractions;

namespace Slimta.Tests.Relay;

/// <summary>Many destinations that keep silent, and one that is well: its mail arrives while all the silence still lasts.</summary>
[Collection("relay")]
public class DarkDestinationsTests(RedisServer redis, ITestOutputHelper output)
{
    private const int Domains = 80;

    private Task<RelayHost> RelayAsync(MailboxHost healthy, IEnumerable<KeyValuePair<string, string?>> settings, int concurrency = 10)
    {
        var all = new Dictionary<string, string?>(settings)
        {
            ["Relay:Routes:healthy.test:NextHop"] = healthy.Address,
            // An eighth of the sick ones; so at the defaults it would be 800 of them.
            ["Relay:Concurrency"] = $"{concurrency}",
            ["Relay:StopTimeout"] = "00:00:00",
            ["Relay:Bounces:Enabled"] = "false",
        };
        return RelayHost.StartAsync(redis.Process.ConnectionString, all);
    }

    private static async Task ArriveAsync(MailboxHost healthy, RelayHost relay, int count)
    {
        await Task.WhenAll(Enumerable.Range(0, count).Select(i => relay.WriteAsync("a@a.test", $"b{i}@healthy.test")));
        for (var i = 0; i < count; i++)
            await healthy.ArrivedAsync();
    }

    [Theory]
    [InlineData(Darkness.Accepts)]
    [InlineData(Darkness.DripsItsGreeting)]
    [InlineData(Darkness.Greets)]
    [InlineData(Darkness.OffersTls)]
    [InlineData(Darkness.SaysHello)]
    [InlineData(Darkness.TakesMail)]
    [InlineData(Darkness.TakesRecipient)]
    [InlineData(Darkness.TakesData)]
    [InlineData(Darkness.TakesContent)]
    public async Task Wherever_destinations_fall_silent_the_mail_of_others_goes_on(Darkness darkness)
    {
        await using var healthy = await MailboxHost.StartAsync();
        await using var dark = new DarkServer(darkness);
        await using var relay = await RelayAsync(healthy, dark.Routes(Domains));
        for (var n = 0; n < 3; n++)
            await Task.WhenAll(Enumerable.Range(0, Domains).Select(i => relay.WriteAsync("a@a.test", $"b@d{i}.test")));
        await dark.SilentAsync(Domains);

        await ArriveAsync(healthy, relay, 30);
        Assert.Equal(0, dark.Closed);
    }

    /// <summary>The relay at its defaults. The figures are in docs/performance.md.</summary>
    [Fact]
    public async Task A_thousand_silent_destinations_hold_up_no_others()
    {
        await using var healthy = await MailboxHost.StartAsync();
        var darkness = new[] { Darkness.Accepts, Darkness.DripsItsGreeting, Darkness.OffersTls, Darkness.TakesMail, Darkness.TakesContent };
        var dark = darkness.Select(one => new DarkServer(one)).ToList();
        var settings = Enumerable.Range(0, 950).ToDictionary(i => $"Relay:Routes:d{i}.test:NextHop", i => (string?)dark[i % dark.Count].AddressOf(i));
        var refusing = RedisProcess.FreePort();
        for (var i = 950; i < 1000; i++)
            settings[$"Relay:Routes:d{i}.test:NextHop"] = $"127.1.9.{i - 949}:{refusing}";
        await using var relay = await RelayAsync(healthy, settings, concurrency: 100);
        await ArriveAsync(healthy, relay, 100);
        var alone = await TimesAsync(healthy, relay);
        for (var n = 0; n < 2; n++)
        {
            foreach (var part in Enumerable.Range(0, 1000).Chunk(100))
                await Task.WhenAll(part.Select(i => relay.WriteAsync("a@a.test", $"b@d{i}.test")));
        }
        foreach (var server in dark)
            await server.SilentAsync(950 / dark.Count);
        var beside = await TimesAsync(healthy, relay);

        output.WriteLine($"alone: {alone}; beside 1,000 that keep silent: {beside}");
        Assert.All(dark, server => Assert.Equal(0, server.Closed));
        foreach (var server in dark)
            await server.DisposeAsync();
    }

    /// <summary>From before the write to the arrival, one message after another.</summary>
    private static async Task<string> TimesAsync(MailboxHost healthy, RelayHost relay)
    {
        var times = new List<double>();
        for (var i = 0; i < 200; i++)
        {
            var start = TimeProvider.System.GetTimestamp();
            await relay.WriteAsync("a@a.test", $"b{i}@healthy.test");
            await healthy.ArrivedAsync();
            times.Add(TimeProvider.System.GetElapsedTime(start).TotalMilliseconds);
        }
        times.Sort();
        return $"p50 {times[100]:F1} ms, p99 {times[198]:F1} ms";
    }

    [Fact]
    public async Task Names_that_the_DNS_keeps_silent_about_hold_up_no_others()
    {
        await using var healthy = await MailboxHost.StartAsync();
        var records = Enumerable.Range(0, Domains).ToDictionary(i => $"~d{i}.test", _ => Array.Empty<string>());
        records["MX found.test"] = ["10 mx.found.test"];
        records["A mx.found.test"] = ["127.0.0.1"];
        await using var dns = new ScriptedDns(records);
        await using var relay = await RelayAsync(healthy, new Dictionary<string, string?>
        {
            ["Relay:Mx:DnsServers:0"] = dns.Address,
            ["Relay:Mx:Port"] = healthy.Address.Split(':')[1],
            ["Relay:Mx:AllowPrivateAddresses"] = "true",
            ["Relay:Mx:Timeout"] = "00:01:00",
        });
        for (var n = 0; n < 3; n++)
            await Task.WhenAll(Enumerable.Range(0, Domains).Select(i => relay.WriteAsync("a@a.test", $"b@d{i}.test")));

        await ArriveAsync(healthy, relay, 30);
        await relay.WriteAsync("a@a.test", "b@found.test");
        Assert.Equal(["b@found.test"], (await healthy.ArrivedAsync()).Recipients);
        Assert.DoesNotContain(relay.Log, line => line.Contains("deferred", StringComparison.Ordinal));
    }

    [Fact]
    public async Task Destinations_that_refuse_hold_up_no_others()
    {
        await using var healthy = await MailboxHost.StartAsync();
        var port = RedisProcess.FreePort();
        await using var relay = await RelayAsync(healthy, Enumerable.Range(0, Domains).Select(i => KeyValuePair.Create($"Relay:Routes:d{i}.test:NextHop", (string?)$"127.1.0.{1 + i}:{port}")));
        for (var n = 0; n < 3; n++)
            await Task.WhenAll(Enumerable.Range(0, Domains).Select(i => relay.WriteAsync("a@a.test", $"b@d{i}.test")));
        await ArriveAsync(healthy, relay, 30);
    }

    [Fact]
    public async Task One_message_to_many_silent_domains_and_a_healthy_one_reaches_the_healthy_one()
    {
        await using var healthy = await MailboxHost.StartAsync();
        await using var dark = new DarkServer(Darkness.Accepts);
        await using var relay = await RelayAsync(healthy, dark.Routes(Domains));
        string[] recipients = [.. Enumerable.Range(0, Domains).Select(i => $"b@d{i}.test"), "b@healthy.test"];
        for (var n = 0; n < 25; n++)
            await relay.WriteAsync("a@a.test", recipients);
        for (var n = 0; n < 25; n++)
            Assert.Equal(["b@healthy.test"], (await healthy.ArrivedAsync()).Recipients);
        await ArriveAsync(healthy, relay, 30);
        Assert.Equal(0, dark.Closed);
    }

    [Fact]
    public async Task A_destination_with_very_many_messages_holds_up_no_others()
    {
        await using var healthy = await MailboxHost.StartAsync();
        await using var dark = new DarkServer(Darkness.TakesContent);
        await using var relay = await RelayAsync(healthy, dark.Routes(1));
        for (var n = 0; n < 20; n++)
            await Task.WhenAll(Enumerable.Range(0, 100).Select(i => relay.WriteAsync("a@a.test", $"b{i}@d0.test")));
        await dark.SilentAsync(1);
        await ArriveAsync(healthy, relay, 30);
        Assert.Equal(0, dark.Closed);
    }

    [Fact]
    public async Task A_server_with_many_dead_addresses_leaves_a_try_for_the_next()
    {
        await using var healthy = await MailboxHost.StartAsync();
        await using var dns = new ScriptedDns(new()
        {
            ["MX b.test"] = ["10 dead.b.test", "20 alive.b.test"],
            ["A dead.b.test"] = [.. Enumerable.Range(1, 8).Select(i => $"127.9.9.{i}")],
            ["A alive.b.test"] = ["127.0.0.1"],
        });
        await using var relay = await RelayAsync(healthy, new Dictionary<string, string?>
        {
            ["Relay:Mx:DnsServers:0"] = dns.Address,
            ["Relay:Mx:Port"] = healthy.Address.Split(':')[1],
            ["Relay:Mx:AllowPrivateAddresses"] = "true",
        });
        await relay.WriteAsync("a@a.test", "b@b.test");
        Assert.Equal("done", (await relay.SettledAsync()).Settlement);
    }

    /// <summary>Truncated over UDP with 40 servers, whole over TCP; the second drips there.</summary>
    [Theory]
    [InlineData("many.test", "done")]
    [InlineData("drips.test", "deferred")]
    [InlineData("silent.test", "deferred")]
    public async Task All_of_the_DNS_has_one_deadline(string domain, string settlement)
    {
        await using var healthy = await MailboxHost.StartAsync();
        var hosts = Enumerable.Range(0, 40).Select(i => $"{10 + i} mx{i}.many.test").ToArray();
        var records = new Dictionary<string, string[]>
        {
            ["MX many.test"] = hosts,
            ["A mx0.many.test"] = ["127.0.0.1"],
            ["%drips.test"] = [],
            ["MX silent.test"] = ["10 one.test", "20 two.test", "30 three.test"],
            ["~one.test"] = [],
            ["~two.test"] = [],
            ["~three.test"] = [],
        };
        await using var dns = new ScriptedDns(records);
        await using var relay = await RelayAsync(healthy, new Dictionary<string, string?>
        {
            ["Relay:Mx:DnsServers:0"] = dns.Address,
            ["Relay:Mx:Port"] = healthy.Address.Split(':')[1],
            ["Relay:Mx:AllowPrivateAddresses"] = "true",
            ["Relay:Mx:Timeout"] = "00:00:02",
        });
        await relay.WriteAsync("a@a.test", $"b@{domain}");
        Assert.Equal(settlement, (await relay.SettledAsync()).Settlement);
    }
}
