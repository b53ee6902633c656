using Slimta.Tests.Client;

namespace Slimta.Tests.Relay;

[Collection("relay")]
public class UnprotectedRouteTests(RedisServer redis)
{
    [Fact]
    public async Task At_start_the_relay_says_which_routes_are_not_protected_one_line_each()
    {
        await using var relay = await RelayHost.StartAsync(redis.Process.ConnectionString, new()
        {
            ["Relay:Routes:safe.test:NextHop"] = "smtp://me:secret@smtp.safe.test:587",
            ["Relay:Routes:any.test:NextHop"] = "smtp://me:secret@smtp.any.test:587",
            ["Relay:Routes:any.test:AllowInvalidCertificate"] = "true",
            ["Relay:Routes:clear.test:NextHop"] = "smtp://me:secret@smtp.clear.test:587",
            ["Relay:Routes:clear.test:AllowClearTextPassword"] = "true",
            ["Relay:Routes:plain.test:NextHop"] = "smtp.plain.test",
            ["Relay:Routes:here.test:NextHop"] = "127.0.0.1:25",
            ["Relay:Routes:login.test:NextHop"] = "smtp://me:secret@localhost:587",
            ["Relay:Routes:login.test:AllowClearTextPassword"] = "true",
            ["Relay:Routes:strict.test:NextHop"] = "smtp.strict.test",
            ["Relay:Routes:strict.test:Tls"] = "Required",
        });
        for (var i = 0; i < 4; i++)
            await relay.LoggedAsync("is not protected");
        var lines = relay.Log.Where(line => line.Contains("is not protected", StringComparison.Ordinal)).Order(StringComparer.Ordinal).ToArray();
        Assert.Collection(lines,
            line => Assert.Matches("^Information Relay:Routes:plain.test .*opportunistic", line),
            line => Assert.Matches("^Warning Relay:Routes:any.test .*AllowInvalidCertificate", line),
            line => Assert.Matches("^Warning Relay:Routes:clear.test .*AllowClearTextPassword", line),
            line => Assert.Matches("^Warning Relay:Routes:login.test .*AllowClearTextPassword", line));
        Assert.DoesNotContain(relay.Log, line => line.Contains("secret", StringComparison.Ordinal));
    }

    [Fact]
    public async Task Mail_for_a_smarthost_with_a_login_waits_where_there_is_no_TLS_and_the_log_says_why()
    {
        await using var server = new ScriptedServer("S: 220 hi\nC: *\nS: 250-hi\nS: 250 AUTH CRAM-MD5\nHANG");
        await using var relay = await RelayHost.StartAsync(redis.Process.ConnectionString, new() { ["Relay:Smarthost"] = $"smtp://me:secret@{server.Address}" });
        var id = await relay.WriteAsync("a@a.test", "b@b.test");
        Assert.Equal("deferred", await relay.SettledAsync(id));
        Assert.Contains(relay.Log, line => line.StartsWith("Error The next hop 127.0.0.1 gets no mail", StringComparison.Ordinal));
        Assert.Contains(relay.Log, line => line.Contains("4.7.4", StringComparison.Ordinal));
        var outcome = Assert.Single(Assert.Single((await relay.Operator.InspectAsync(id)).Attempts).Recipients);
        Assert.Equal("TLS is required here to log in and the server does not offer it (STARTTLS).", outcome.Reply);
    }

    [Fact]
    public async Task A_login_that_may_not_use_TLS_and_may_not_do_without_stops_the_start()
    {
        var e = await Assert.ThrowsAnyAsync<Exception>(() => RelayHost.StartAsync("127.0.0.1:1,connectTimeout=100", new()
        {
            ["Relay:Routes:b.test:NextHop"] = "smtp://me:secret@host:587",
            ["Relay:Routes:b.test:Tls"] = "None",
        }));
        Assert.Contains("AllowClearTextPassword", e.Message, StringComparison.Ordinal);
        Assert.DoesNotContain("secret", e.ToString(), StringComparison.Ordinal);
    }
}
