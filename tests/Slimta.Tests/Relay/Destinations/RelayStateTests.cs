using Microsoft.Extensions.DependencyInjection;
using Slimta.Storage;
using Slimta.Storage.Tests.Support;

namespace Slimta.Tests.Relay;

/// <summary>What a relay tells of its destinations.</summary>
[Collection("relay")]
public sealed class RelayStateTests(RedisServer redis)
{
    [Fact]
    public async Task A_relay_tells_which_destination_is_left_alone_until_when_and_why()
    {
        var dark = $"127.0.0.1:{RedisProcess.FreePort()}";
        await using var relay = await RelayHost.StartAsync(redis.Process.ConnectionString, new()
        {
            ["Relay:Routes:*.dark.test:NextHop"] = dark,
            ["Relay:Concurrency"] = "7",
            ["Storage:Owner"] = "relay-7",
        });
        foreach (var i in Enumerable.Range(0, 4))
            await relay.WriteAsync("a@a.test", $"b{i}@a.dark.test");
        // Three tries, after which it is left alone.
        var settled = new List<(string Id, string Settlement)>();
        for (var i = 0; i < 4; i++)
            settled.Add(await relay.SettledAsync());
        Assert.Equal(["deferred", "deferred", "deferred", "postponed"], settled.Select(one => one.Settlement).Order(StringComparer.Ordinal));
        var untried = await relay.Operator.InspectAsync(settled.Single(one => one.Settlement == "postponed").Id);
        Assert.Equal((MessageState.Scheduled, 0, 0), (untried.Listing.State, untried.Listing.Message!.Attempts, untried.Attempts.Count));

        DestinationState? state = null;
        var states = relay.Services.GetRequiredService<IRelayStates>();
        RelayState? told = null;
        while (state?.CoolingUntil is null)
        {
            // It tells every few seconds, and nothing tells of that.
            await Task.Delay(TimeSpan.FromMilliseconds(50), TimeProvider.System);
            told = (await states.ReadAsync()).SingleOrDefault() ?? told;
            state = told?.Of("b.dark.test");
        }
        Assert.Equal(("relay-7", 7, dark), (told!.Name, told.Limit, state.Place));
        Assert.NotNull(state.FailingSince);
        Assert.Contains("refused", state.Problem, StringComparison.OrdinalIgnoreCase);
        Assert.Null(told.Of("elsewhere.test"));

        // An operator asks for all of them: one is tried, and what it finds holds for the others, none of which comes later for that.
        Assert.Equal(4, await relay.Operator.RetryAllNowAsync());
        settled.Clear();
        for (var i = 0; i < 4; i++)
            settled.Add(await relay.SettledAsync());
        Assert.Equal(["deferred", "postponed", "postponed", "postponed"], settled.Select(one => one.Settlement).Order(StringComparer.Ordinal));
        var id = settled.First(one => one.Settlement == "postponed").Id;
        await relay.Operator.RetryNowAsync(id);
        // One whose turn had come meanwhile is put off once more before.
        while (await relay.SettledAsync(id) != "deferred")
        {
        }
    }

    [Fact]
    public async Task A_relay_tells_that_it_is_there_and_where_deliveries_fail_also_when_it_does_nothing()
    {
        var dark = $"127.0.0.1:{RedisProcess.FreePort()}";
        await using var relay = await RelayHost.StartAsync(redis.Process.ConnectionString, new()
        {
            ["Relay:Routes:dark.test:NextHop"] = dark,
            ["Relay:Cooldown"] = "00:00:00",
        });
        var states = relay.Services.GetRequiredService<IRelayStates>();
        var started = await ToldAsync(states, state => state.Destinations.Count == 0);
        await relay.WriteAsync("a@a.test", "b@dark.test");
        Assert.Equal("deferred", (await relay.SettledAsync()).Settlement);

        var idle = (await ToldAsync(states, state => state.Of("dark.test") is { IsActive: false })).Of("dark.test")!;
        Assert.Contains("refused", idle.Problem, StringComparison.OrdinalIgnoreCase);
        Assert.InRange(idle.FailingSince!.Value, started.Started!.Value, TimeProvider.System.GetUtcNow());

        await relay.StopAsync();
        // What it said ends with it.
        await using var other = await RelayHost.StartAsync(redis.Process.ConnectionString, prefix: relay.Services.GetRequiredService<Microsoft.Extensions.Options.IOptions<QueueOptions>>().Value.Prefix);
        await ToldAsync(other.Services.GetRequiredService<IRelayStates>(), state => state.Started > started.Started);
    }

    /// <summary>What the one relay tells. Nothing tells of that.</summary>
    private static async Task<RelayState> ToldAsync(IRelayStates states, Func<RelayState, bool> wanted)
    {
        while (true)
        {
            if ((await states.ReadAsync()) is [var state] && wanted(state))
                return state;
            await Task.Delay(TimeSpan.FromMilliseconds(50), TimeProvider.System);
        }
    }
}
