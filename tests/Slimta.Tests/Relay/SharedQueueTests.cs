using Slimta.Storage.Tests.Support;
using Slimta.Tests.Client;
using Slimta.Tests.Mailbox;

namespace Slimta.Tests.Relay;

[Collection("relay")]
public class SharedQueueTests(RedisServer redis)
{
    [Theory]
    [InlineData(2)]
    [InlineData(4)]
    public async Task Relays_share_a_queue_and_every_message_arrives_once(int count)
    {
        await using var mailbox = await MailboxHost.StartAsync(new() { ["Mailbox:MaxMessages"] = "10000" });
        var prefix = $"shared{count}:";
        var relays = new List<RelayHost>();
        for (var i = 0; i < count; i++)
            relays.Add(await RelayHost.StartAsync(redis.Process.ConnectionString, new() { ["Relay:Smarthost"] = mailbox.Address }, prefix: prefix));
        var sent = Enumerable.Range(0, 400).Select(i => $"b{i}@b.test").ToList();
        await Task.WhenAll(sent.Select(recipient => relays[0].WriteAsync("a@a.test", recipient)));

        var arrived = new List<string>();
        while (arrived.Count < sent.Count)
            arrived.AddRange((await mailbox.ArrivedAsync()).Recipients);
        foreach (var relay in relays)
            await relay.DisposeAsync();
        Assert.Equal(sent.Order(), mailbox.Store.List().SelectMany(message => message.Recipients).Order());
    }

    [Fact]
    public async Task A_dead_and_a_slow_destination_do_not_delay_a_healthy_one()
    {
        await using var healthy = await MailboxHost.StartAsync(new() { ["Mailbox:MaxMessages"] = "10000" });
        await using var slow = await MailboxHost.StartAsync(new() { ["Mailbox:SlowDelay"] = "00:10:00" });
        await using var relay = await RelayHost.StartAsync(redis.Process.ConnectionString, new()
        {
            ["Relay:Routes:healthy.test:NextHop"] = healthy.Address,
            ["Relay:Routes:slow.test:NextHop"] = slow.Address,
            ["Relay:Routes:dead.test:NextHop"] = $"127.0.0.1:{RedisProcess.FreePort()}",
            ["Relay:Concurrency"] = "20",
            ["Relay:StopTimeout"] = "00:00:00",
            ["Relay:Patience"] = "00:00:00.200",
        });
        // The sick ones first, several times what the relay can hold.
        await Task.WhenAll(Enumerable.Range(0, 150).Select(i => relay.WriteAsync("a@a.test", $"slow+{i}@slow.test")));
        await Task.WhenAll(Enumerable.Range(0, 150).Select(i => relay.WriteAsync("a@a.test", $"{i}@dead.test")));
        await Task.WhenAll(Enumerable.Range(0, 150).Select(i => relay.WriteAsync("a@a.test", $"{i}@healthy.test")));

        var arrived = 0;
        while (arrived < 150)
            arrived += (await healthy.ArrivedAsync()).Recipients.Count;
        Assert.Equal(0, slow.Store.Total);
        Assert.Equal(150, healthy.Store.Total);
    }

    [Fact]
    public async Task While_the_queue_is_away_nothing_is_begun_and_what_was_sent_is_settled_when_it_is_back()
    {
        const string Held = ClientUnderTest.MailToOne + "C: ...\nWAIT\nS: 250 ok\n";
        await using var own = await RedisProcess.StartAsync();
        await using var server = new ScriptedServer(ClientUnderTest.Hello + Held + Held + Held + "HANG");
        using var begun = CountedSpans.Begun("deliver away");
        using var unsettled = CountedSpans.Failed("settle away");
        await using var relay = await RelayHost.StartAsync(own.ConnectionString, new()
        {
            ["Relay:Smarthost"] = $"{server.Address}",
            ["Relay:ConnectionsPerDestination"] = "1",
        }, prefix: "away:");
        for (var i = 0; i < 3; i++)
            await relay.WriteAsync("a@a.test", "b@b.test");
        await begun.SeeAsync(3);
        await server.Hanging.WaitAsync();
        await own.KillAsync();
        server.Go.Release();
        await relay.LoggedAsync("no delivery begins");
        // The second may have begun before the relay knew. The third may not, however often the settlement is tried.
        server.Go.Release();
        await unsettled.SeeAsync(5);
        Assert.InRange(server.Contents.Count, 1, 2);
        await own.StartAgainAsync();

        server.Go.Release();
        for (var i = 0; i < 3; i++)
            Assert.Equal("done", (await relay.SettledAsync()).Settlement);
        Assert.Equal((0, 1, 3), ((await relay.Operator.CountAsync()).Total, server.Connections, server.Contents.Count));
    }

    [Fact]
    public async Task A_relay_that_stops_lets_what_it_sends_come_to_its_end()
    {
        await using var server = new ScriptedServer(ClientUnderTest.Hello + ClientUnderTest.MailToOne + "C: ...\nWAIT\nS: 250 ok\nHANG");
        await using var relay = await RelayHost.StartAsync(redis.Process.ConnectionString, new() { ["Relay:Smarthost"] = $"{server.Address}" });
        await relay.WriteAsync("a@a.test", "b@b.test");
        await server.Hanging.WaitAsync();
        var stopped = relay.StopAsync();
        await relay.LoggedAsync("The relay is stopping");
        server.Go.Release();
        Assert.Equal("done", (await relay.SettledAsync()).Settlement);
        await stopped;
        Assert.Equal(0, (await relay.Operator.CountAsync()).Total);
    }

    [Fact]
    public async Task A_queue_that_dies_and_comes_back_loses_nothing()
    {
        await using var own = await RedisProcess.StartAsync();
        await using var mailbox = await MailboxHost.StartAsync();
        await using var relay = await RelayHost.StartAsync(own.ConnectionString, new() { ["Relay:Smarthost"] = mailbox.Address, ["Storage:Lease"] = "00:00:02" });
        for (var i = 0; i < 50; i++)
            await relay.WriteAsync("a@a.test", $"b{i}@b.test");
        await own.KillAsync();
        await own.StartAgainAsync();
        var arrived = new HashSet<string>();
        while (arrived.Count < 50)
            arrived.UnionWith((await mailbox.ArrivedAsync()).Recipients);
    }

    [Fact]
    public async Task A_relay_that_stops_ends_what_it_began_and_gives_the_rest_back()
    {
        await using var server = new ScriptedServer(ClientUnderTest.Hello + ClientUnderTest.MailToOne + "C: ...\nHANG");
        const string Prefix = "stops:";
        using var begun = CountedSpans.Begun("deliver stops");
        await using var relay = await RelayHost.StartAsync(redis.Process.ConnectionString, new()
        {
            ["Relay:Smarthost"] = $"{server.Address}",
            ["Relay:ConnectionsPerDestination"] = "1",
            ["Relay:StopTimeout"] = "00:00:00.200",
        }, prefix: Prefix);
        for (var i = 0; i < 5; i++)
            await relay.WriteAsync("a@a.test", "b@b.test");
        // A message may be leased and not yet handed to the worker; then the storage gives it back, and nothing is settled.
        await begun.SeeAsync(5);
        await server.Hanging.WaitAsync();
        await relay.StopAsync();

        var ended = new List<string>();
        for (var i = 0; i < 5; i++)
            ended.Add((await relay.SettledAsync()).Settlement);
        Assert.Equal(["deferred", "postponed", "postponed", "postponed", "postponed"], ended.Order());

        // One was sent and not answered: unknown, so it is tried again by the schedule. The others were not begun, and are due.
        await using var mailbox = await MailboxHost.StartAsync();
        await using var next = await RelayHost.StartAsync(redis.Process.ConnectionString, new() { ["Relay:Smarthost"] = mailbox.Address }, prefix: Prefix);
        for (var i = 0; i < 4; i++)
            Assert.Equal("done", (await next.SettledAsync()).Settlement);
        var left = await next.Operator.CountAsync();
        Assert.Equal((1, 1), (left.Total, left.Scheduled));
    }
}
