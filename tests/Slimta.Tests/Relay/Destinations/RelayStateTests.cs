using Microsoft.Extensions.DependencyInjection;
using Slimta.Storage;
using Slimta.Storage.Tests.Servers;

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
    }
}
