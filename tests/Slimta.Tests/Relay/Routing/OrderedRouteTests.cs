using Microsoft.Extensions.DependencyInjection;
using Slimta.Storage;
using Slimta.Tests.Mailbox;

namespace Slimta.Tests.Relay;

/// <summary>What an operator orders to be sent by another route.</summary>
[Collection("relay")]
public sealed class OrderedRouteTests(RedisServer redis)
{
    private static readonly TimeSpan Later = TimeSpan.FromHours(1);

    private Task<RelayHost> StartAsync(MailboxHost usual, MailboxHost backup, MailboxHost? partner = null) => RelayHost.StartAsync(redis.Process.ConnectionString, new()
    {
        ["Relay:Smarthost"] = usual.Address,
        ["Relay:NamedRoutes:Backup:NextHop"] = backup.Address,
        ["Relay:Routes:partner.test:NextHop"] = partner?.Address ?? usual.Address,
    });

    private static Task<string> WriteAsync(RelayHost relay, params string[] recipients) => relay.Queue.WriteAsync(Mail.From("a@a.test", recipients), Later);

    [Fact]
    public async Task It_goes_by_the_route_of_that_name_and_other_mail_by_the_table()
    {
        await using var usual = await MailboxHost.StartAsync();
        await using var backup = await MailboxHost.StartAsync();
        await using var partner = await MailboxHost.StartAsync();
        await using var relay = await StartAsync(usual, backup, partner);
        var ordered = await WriteAsync(relay, "b@b.test", "c@partner.test");
        var held = await WriteAsync(relay, "held@b.test");
        await relay.Operator.HoldAsync(held, "their server is down");

        await relay.Operator.OrderAsync(ordered, OperatorOrder.Route("backup"));
        Assert.Equal("done", await relay.SettledAsync(ordered));
        await relay.Operator.OrderAsync(held, OperatorOrder.Route("partner.test"));
        Assert.Equal("done", await relay.SettledAsync(held));
        await relay.WriteAsync("a@a.test", "d@b.test");
        Assert.Equal("done", (await relay.SettledAsync()).Settlement);

        // It is known afterwards which way it went.
        var history = relay.Services.GetRequiredService<IQueueHistory>();
        Assert.Equal(["backup"], (await history.FindEndedAsync(ordered))!.Attempts.Select(attempt => attempt.Route));
        Assert.Equal([null], (await history.FindEndedAsync(new HistoryFilter { Recipient = "d@b.test" })).Messages.SelectMany(ended => ended.Attempts).Select(attempt => attempt.Route));

        // All recipients in one transaction: the route is one destination.
        Assert.Equal(["b@b.test", "c@partner.test"], (await backup.ArrivedAsync()).Recipients);
        Assert.Equal(["held@b.test"], (await partner.ArrivedAsync()).Recipients);
        Assert.Equal(["d@b.test"], (await usual.ArrivedAsync()).Recipients);
    }

    [Fact]
    public async Task A_route_that_the_relay_does_not_know_defers_it_and_says_so_until_it_is_taken_back()
    {
        await using var usual = await MailboxHost.StartAsync();
        await using var backup = await MailboxHost.StartAsync();
        await using var relay = await StartAsync(usual, backup);
        var id = await WriteAsync(relay, "b@b.test");

        await relay.Operator.OrderAsync(id, OperatorOrder.Route("typo"));
        Assert.Equal("deferred", await relay.SettledAsync(id));
        var waiting = await relay.Operator.InspectAsync(id);
        Assert.Equal((MessageState.Scheduled, "typo"), (waiting.Listing.State, waiting.Listing.Message!.Route));
        Assert.Equal("An operator ordered the route \"typo\", and this relay has none of that name (Relay:NamedRoutes).", Assert.Single(Assert.Single(waiting.Attempts).Recipients).Reply);
        // A retry alone leaves the order as it is.
        await relay.Operator.OrderAsync(id, OperatorOrder.Retry);
        Assert.Equal("deferred", await relay.SettledAsync(id));

        await relay.Operator.OrderAsync(id, OperatorOrder.Route(null));
        Assert.Equal("done", await relay.SettledAsync(id));
        Assert.Equal(["b@b.test"], (await usual.ArrivedAsync()).Recipients);
        Assert.Equal(0, backup.Store.Total);
    }

    [Fact]
    public async Task A_relay_tells_which_routes_can_be_ordered()
    {
        await using var usual = await MailboxHost.StartAsync();
        await using var backup = await MailboxHost.StartAsync();
        await using var relay = await StartAsync(usual, backup);
        var states = relay.Services.GetRequiredService<IRelayStates>();
        IReadOnlyList<RelayState> told;
        while ((told = await states.ReadAsync()).Count == 0)
        {
            // Nothing tells that it has told.
            await Task.Delay(TimeSpan.FromMilliseconds(20), TimeProvider.System);
        }
        Assert.Equal([("Backup", backup.Address), ("partner.test", usual.Address), ("smarthost", usual.Address)],
            told[0].NamedRoutes.Select(route => (route.Key, route.Value)).OrderBy(route => route.Key, StringComparer.Ordinal));
    }
}
