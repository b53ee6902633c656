using System.Net;
using System.Net.Sockets;
using Slimta.Storage;
using Slimta.Tests.Mailbox;

namespace Slimta.Tests.Relay;

[Collection("relay")]
public class MxDeliveryTests(RedisServer redis)
{
    private Task<RelayHost> RelayAsync(ScriptedDns dns, string port, bool allow = true, string greeting = "00:05:00") => RelayHost.StartAsync(redis.Process.ConnectionString, new()
    {
        ["Relay:Mx:DnsServers:0"] = dns.Address,
        ["Relay:Mx:Port"] = port,
        ["Relay:Mx:AllowPrivateAddresses"] = $"{allow}",
        ["Relay:Timeouts:Greeting"] = greeting,
    });

    [Fact]
    public async Task One_envelope_to_three_domains_has_three_transactions_and_an_outcome_for_each()
    {
        await using var mailbox = await MailboxHost.StartAsync();
        await using var dns = new ScriptedDns(new()
        {
            ["MX one.test"] = ["10 mx.one.test"],
            ["A mx.one.test"] = ["127.0.0.1"],
            ["MX two.test"] = ["10 mx.two.test"],
            ["A mx.two.test"] = ["127.0.0.1"],
        });
        await using var relay = await RelayAsync(dns, mailbox.Address.Split(':')[1]);
        await relay.WriteAsync("", "a@one.test", "b@one.test", "c@two.test", "d@none.test");

        Assert.Equal("done", (await relay.SettledAsync()).Settlement);
        Assert.Equal(["a@one.test b@one.test", "c@two.test"], mailbox.Store.List().Select(message => string.Join(' ', message.Recipients)).Order());
    }

    [Fact]
    public async Task The_next_mail_server_is_tried_in_the_same_attempt()
    {
        await using var mailbox = await MailboxHost.StartAsync();
        // The far end of a reserved block refuses at once on the loopback: nothing listens there.
        await using var dns = new ScriptedDns(new()
        {
            ["MX b.test"] = ["10 dead.b.test", "20 gone.b.test", "30 alive.b.test"],
            ["A dead.b.test"] = ["127.9.9.9"],
            ["A alive.b.test"] = ["127.0.0.1"],
        });
        await using var relay = await RelayAsync(dns, mailbox.Address.Split(':')[1]);
        await relay.WriteAsync("a@a.test", "b@b.test");
        Assert.Equal("done", (await relay.SettledAsync()).Settlement);
        Assert.Equal(1, mailbox.Store.Total);
    }

    /// <summary>It is the first of all in each attempt: whom it kept waiting for as long as the greeting may take would never come to the second.</summary>
    [Fact]
    public async Task The_next_mail_server_is_tried_though_the_first_has_used_up_the_time()
    {
        await using var mailbox = await MailboxHost.StartAsync();
        var port = mailbox.Address.Split(':')[1];
        using var silent = new TcpListener(IPAddress.Parse("127.9.9.1"), int.Parse(port));
        silent.Start();
        await using var dns = new ScriptedDns(new()
        {
            ["MX b.test"] = ["10 silent.b.test", "20 alive.b.test"],
            ["A silent.b.test"] = ["127.9.9.1", "127.9.9.2"],
            ["A alive.b.test"] = ["127.0.0.1"],
        });
        await using var relay = await RelayAsync(dns, port, greeting: "00:00:00.100");
        await relay.WriteAsync("a@a.test", "b@b.test");
        Assert.Equal("done", (await relay.SettledAsync()).Settlement);
        Assert.Equal(1, mailbox.Store.Total);
    }

    [Fact]
    public async Task A_mail_server_with_a_private_address_is_refused_unless_that_is_allowed()
    {
        await using var mailbox = await MailboxHost.StartAsync();
        await using var dns = new ScriptedDns(new() { ["MX b.test"] = ["10 mx.b.test"], ["A mx.b.test"] = ["127.0.0.1"] });
        await using var relay = await RelayAsync(dns, mailbox.Address.Split(':')[1], allow: false);
        await relay.WriteAsync("", "b@b.test");
        Assert.Equal("done", (await relay.SettledAsync()).Settlement);
        Assert.Equal(0, mailbox.Store.Total);
        Assert.Contains(relay.Log, line => line.Contains(": 1 recipient failed permanently", StringComparison.Ordinal));
    }

    [Fact]
    public async Task A_failing_DNS_is_transient()
    {
        await using var dns = new ScriptedDns(new() { ["!b.test"] = [] });
        await using var relay = await RelayAsync(dns, "1");
        var id = await relay.WriteAsync("a@a.test", "b@b.test");
        Assert.Equal((id, "deferred"), await relay.SettledAsync());
        Assert.Equal(DeliveryOutcome.Transient, (await relay.Operator.InspectAsync(id)).Attempts[0].Recipients[0].Outcome);
    }
}
