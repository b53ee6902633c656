using System.Reflection;
using Slimta.Relay;
using Slimta.Smtp.Client;
using Slimta.Storage;
using Slimta.Tests.Client;

namespace Slimta.Tests.Relay;

/// <summary>A route's connections and its lane serve that route's settings and no others.</summary>
[Collection("relay")]
public sealed class DestinationKeyTests(RedisServer redis)
{
    private const string Tls = "S: 220 mx.test\nC: EHLO relay.test\nS: 250-mx.test\nS: 250 STARTTLS\nC: STARTTLS\nS: 220 go\nTLS\n";
    private const string Delivers = "C: EHLO relay.test\nS: 250-mx.test\nS: 250 PIPELINING\nC: MAIL FROM:<a@a.test>\nC: *\nC: DATA\nS: 250 ok\nS: 250 ok\nS: 354 go\nC: ...\nS: 250 ok\n";

    public static TheoryData<string> SettingsOfARoute() => [.. typeof(RouteOptions).GetProperties().Select(property => property.Name)];

    [Theory]
    [MemberData(nameof(SettingsOfARoute))]
    public void Every_setting_of_a_route_makes_another_destination(string setting)
    {
        var options = new RelayOptions { Routes = { ["one.test"] = Route(), ["same.test"] = Route(), ["other.test"] = Route() } };
        Change(options.Routes["other.test"], typeof(RouteOptions).GetProperty(setting)!);
        var router = new Router(options);
        var (one, same, other) = (Key("one.test"), Key("same.test"), Key("other.test"));
        Assert.Equal(one, same);
        Assert.NotEqual(one, other);

        using var lanes = new LaneSet(options, TimeProvider.System);
        Assert.Same(lanes.For(new Destination(one, [])).Idle, lanes.For(new Destination(same, [])).Idle);
        Assert.NotSame(lanes.For(new Destination(one, [])).Idle, lanes.For(new Destination(other, [])).Idle);
        Assert.NotSame(lanes.For(new Destination(one, [])).Lane, lanes.For(new Destination(other, [])).Lane);

        DestinationKey Key(string domain) => router.Route(domain).Destination!.Key;
    }

    [Fact]
    public void Two_that_differ_in_anything_that_a_session_depends_on_are_two()
    {
        foreach (var property in typeof(Security).GetProperties(BindingFlags.Public | BindingFlags.Instance).Where(property => property.CanWrite))
        {
            var (one, other) = (new Security(), new Security());
            Change(other, property);
            Assert.True(new DestinationKey("mx", one, false) != new DestinationKey("mx", other, false), property.Name);
        }
    }

    [Fact]
    public void A_login_never_shows_its_password() =>
        Assert.DoesNotContain("secret", new DestinationKey("mx", new Security { Credentials = new Credentials("me", "secret") }, false).ToString(), StringComparison.Ordinal);

    [Fact]
    public async Task A_route_that_wants_a_valid_certificate_does_not_use_the_connection_of_one_that_does_not()
    {
        await using var server = new ScriptedServer(Tls + Delivers + "C: QUIT\nS: 221 bye", Tls + "HANG");
        await using var relay = await RelayAsync(server);
        await relay.WriteAsync("a@a.test", "b@lax.test");
        Assert.Equal("done", (await relay.SettledAsync()).Settlement);
        Assert.Equal("deferred", await relay.SettledAsync(await relay.WriteAsync("a@a.test", "b@strict.test")));
        Assert.Equal((2, 1), (server.Connections, server.Contents.Count));
    }

    [Fact]
    public async Task Nor_within_one_message()
    {
        await using var server = new ScriptedServer(Tls + Delivers + "HANG", Tls + Delivers + "HANG");
        await using var relay = await RelayAsync(server);
        var id = await relay.WriteAsync("a@a.test", "b@lax.test", "b@strict.test");
        Assert.Equal("deferred", await relay.SettledAsync(id));
        var outcomes = Assert.Single((await relay.Operator.InspectAsync(id)).Attempts).Recipients.OrderBy(outcome => outcome.Index);
        Assert.Equal([DeliveryOutcome.Delivered, DeliveryOutcome.Transient], outcomes.Select(outcome => outcome.Outcome));
        Assert.Equal((2, 1), (server.Connections, server.Contents.Count));
    }

    private Task<RelayHost> RelayAsync(ScriptedServer server) => RelayHost.StartAsync(redis.Process.ConnectionString, new()
    {
        ["Relay:Routes:lax.test:NextHop"] = $"{server.Address}",
        ["Relay:Routes:lax.test:Tls"] = "Required",
        ["Relay:Routes:lax.test:AllowInvalidCertificate"] = "true",
        ["Relay:Routes:strict.test:NextHop"] = $"{server.Address}",
        ["Relay:Routes:strict.test:Tls"] = "Required",
        // The server plays one connection after the other.
        ["Relay:ConnectionIdle"] = "00:00:00.200",
        ["Relay:Timeouts:Quit"] = "00:00:00.100",
    });

    private static RouteOptions Route() => new() { NextHop = "127.0.0.1:2525", Username = "me", Password = "secret", Tls = TlsMode.Required };

    /// <summary>Sets a property to another value than it has.</summary>
    private static void Change(object settings, PropertyInfo property) => property.SetValue(settings, property.GetValue(settings) switch
    {
        "127.0.0.1:2525" => "lmtp://127.0.0.1:2525",
        string text => text + "x",
        bool flag => !flag,
        TlsMode.Required => TlsMode.Implicit,
        TlsMode => TlsMode.Required,
        null when property.PropertyType == typeof(Credentials) => new Credentials("me", "secret"),
        var value => throw new NotSupportedException($"Say what another {property.Name} than {value ?? "null"} is."),
    });
}
