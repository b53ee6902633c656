using Slimta.Storage;
using static Slimta.Tests.Edge.OperatorClient;

namespace Slimta.Tests.Edge;

/// <summary>What operators see of what the relays are doing.</summary>
[Collection("edge")]
public sealed class LiveStateTests(RedisServer redis)
{
    private static readonly DateTimeOffset Time = new(2026, 1, 2, 4, 0, 0, TimeSpan.Zero);

    private static RelayState Relay(string name, int delivering, params DestinationState[] destinations) => new(name, Time, delivering, 10)
    {
        Routes = new Dictionary<string, string> { ["*.routed.test"] = "10.0.0.1:25" },
        Destinations = destinations,
    };

    [Fact]
    public async Task Why_and_the_overview_tell_of_a_destination_that_is_left_alone()
    {
        await using var host = await EdgeHost.StartAsync(redis.Process.ConnectionString);
        await host.Relays.PublishAsync(Relay("relay-1", 0, new DestinationState("mx:b.test", 0, 0, 1) { FailingSince = Time, CoolingUntil = Time.AddSeconds(30), Problem = "Connection refused." }), TimeSpan.FromMinutes(5));
        await host.Relays.PublishAsync(Relay("relay-2", 3, new DestinationState("10.0.0.1:25", 3, 2, 3)), TimeSpan.FromMinutes(5));
        var cooling = await WriteAsync(host, "b@b.test");
        var busy = await WriteAsync(host, "b@a.routed.test");
        var other = await WriteAsync(host, "b@other.test");
        using var http = ClientOf(host);

        var overview = await GetAsync(http, "/operator/overview");

        Assert.EndsWith("Its destination b.test is cooling down until 2026-01-02 04:00:30 UTC at relay-1: its connections have failed since 2026-01-02 04:00:00 UTC, the last with: Connection refused.",
            await WhyAsync(http, cooling), StringComparison.Ordinal);
        Assert.EndsWith("Its destination 10.0.0.1:25 has 3 deliveries under way and 2 messages that wait for a connection, as many as it may have now (3).", await WhyAsync(http, busy), StringComparison.Ordinal);
        Assert.DoesNotContain("destination", await WhyAsync(http, other), StringComparison.Ordinal);
        Assert.Equal(["relay-1", "relay-2"], overview["relays"]!.AsArray().Select(relay => (string?)relay!["name"]));
        var states = overview["destinations"]!.AsArray().ToDictionary(d => (string)d!["domain"]!, d => ((string?)d!["state"], (int?)d["delivering"], (string?)d["lastError"]));
        Assert.Equal(("cooling down", 0, "Connection refused."), states["b.test"]);
        Assert.Equal(("delivering", 3, null), states["a.routed.test"]);
        Assert.Equal((null, null, null), states["other.test"]);
        // The state of a next hop by a route is that of all its domains.
        Assert.Equal([("a.routed.test", "10.0.0.1:25"), ("b.test", null), ("other.test", null)],
            overview["destinations"]!.AsArray().Select(d => ((string)d!["domain"]!, (string?)d["server"])).Order());
    }

    [Fact]
    public async Task What_fails_is_seen_as_failing_while_no_relay_does_anything_there()
    {
        await using var host = await EdgeHost.StartAsync(redis.Process.ConnectionString);
        var failing = new DestinationState("mx:b.test", 0, 0, 0) { FailingSince = Time, Problem = "451 4.7.1 not now" };
        await host.Relays.PublishAsync(Relay("relay-1", 0, failing) with { Started = Time.AddDays(-1) }, TimeSpan.FromMinutes(5));
        var id = await WriteAsync(host, "b@b.test", Due.After(TimeSpan.FromHours(1)));
        using var http = ClientOf(host);

        var overview = await GetAsync(http, "/operator/overview");
        var destination = Assert.Single(overview["destinations"]!.AsArray())!;
        Assert.Equal(("failing", Time, "451 4.7.1 not now"), ((string?)destination["state"], (DateTimeOffset)destination["failingSince"]!, (string?)destination["lastError"]));
        Assert.Equal(("relay-1", Time.AddDays(-1), 0), ((string?)overview["relays"]![0]!["name"], (DateTimeOffset)overview["relays"]![0]!["started"]!, (int)overview["relays"]![0]!["delivering"]!));
        Assert.EndsWith("Each delivery to its destination b.test has failed at relay-1 since 2026-01-02 04:00:00 UTC, the last with: 451 4.7.1 not now.", await WhyAsync(http, id), StringComparison.Ordinal);
        Assert.Equal("451 4.7.1 not now", (string?)Assert.Single((await GetAsync(http, "/operator/messages"))["messages"]!.AsArray())!["destinationError"]);

        // One that delivers knows better.
        await host.Relays.PublishAsync(Relay("relay-2", 1, new DestinationState("mx:b.test", 1, 0, 5)), TimeSpan.FromMinutes(5));
        Assert.Equal("delivering", (string?)(await GetAsync(http, "/operator/overview"))["destinations"]![0]!["state"]);
    }

    [Fact]
    public async Task What_no_relay_knows_of_any_more_shows_the_error_of_the_message_that_was_tried()
    {
        await using var host = await EdgeHost.StartAsync(redis.Process.ConnectionString);
        await host.Relays.PublishAsync(Relay("relay-1", 0), TimeSpan.FromMinutes(5));
        await WriteDeferredAsync(host);
        using var http = ClientOf(host);

        var destination = Assert.Single((await GetAsync(http, "/operator/overview"))["destinations"]!.AsArray())!;

        Assert.Null(destination["state"]);
        Assert.Contains("451", (string?)destination["lastError"], StringComparison.Ordinal);

        // A relay that delivers there has forgotten it.
        await host.Relays.PublishAsync(Relay("relay-1", 1, new DestinationState("mx:b.test", 1, 0, 5)), TimeSpan.FromMinutes(5));
        Assert.Null((await GetAsync(http, "/operator/overview"))["destinations"]![0]!["lastError"]);
    }

    [Fact]
    public async Task What_is_due_is_told_behind_how_many_it_waits_and_whether_the_relays_are_full()
    {
        await using var host = await EdgeHost.StartAsync(redis.Process.ConnectionString);
        await host.Relays.PublishAsync(Relay("relay-1", 10), TimeSpan.FromMinutes(5));
        await WriteAsync(host, "b@b.test", Due.At(Time));
        await WriteAsync(host, "b@b.test", Due.At(Time.AddSeconds(1)));
        var id = await WriteAsync(host, "b@b.test", Due.At(Time.AddSeconds(2)));
        using var http = ClientOf(host);
        Assert.Equal("Due since 2026-01-02 04:00:02 UTC: it waits for a free relay, behind 2 messages that are due before it; "
            + "all relays have as many deliveries under way as they may (10, Relay:Concurrency).", await WhyAsync(http, id));
    }
}
