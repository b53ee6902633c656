namespace Slimta.Tests.Relay;

/// <summary>What the relay calls itself: strict servers refuse a name that no DNS can have.</summary>
[Collection("relay")]
public class HelloNameTests(RedisServer redis)
{
    [Theory]
    [InlineData("127.0.0.1:25", null, false)]
    [InlineData("localhost:25", "[::1]:24", false)]
    [InlineData("127.0.0.1:25", "smtp.x.test", true)]
    [InlineData(null, "127.0.0.1:25", true)]
    public async Task Where_all_mail_stays_on_this_machine_the_name_is_not_warned_of(string? smarthost, string? route, bool warned)
    {
        await using var relay = await RelayHost.StartAsync(redis.Process.ConnectionString, new()
        {
            ["Relay:HelloName"] = "vm",
            ["Relay:Smarthost"] = smarthost,
            [route is null ? "Relay:Concurrency" : "Relay:Routes:x.test:NextHop"] = route ?? "7",
        });
        // It comes after all that is said at start.
        await relay.WriteAsync("a@a.test", "b@[127.0.0.1]");
        await relay.SettledAsync();
        Assert.Equal(warned, relay.Log.Any(line => line.Contains("RFC 5321 §4.1.4", StringComparison.Ordinal)));
        Assert.DoesNotContain(relay.Log, line => line.Contains("127.0.0.1) is not protected", StringComparison.Ordinal) || line.Contains("localhost) is not protected", StringComparison.Ordinal));
    }

    [Theory]
    [InlineData("vm", true)]
    [InlineData("vm.", true)]
    [InlineData("localhost", true)]
    [InlineData("localhost.localdomain", true)]
    [InlineData("vm.localhost", true)]
    [InlineData("vm.local", true)]
    [InlineData("192.0.2.1", true)]
    [InlineData("::1", true)]
    [InlineData("mail.example.com", false)]
    [InlineData("mail.example.com.", false)]
    [InlineData("mail.xn--bcher-kva.example", false)]
    [InlineData("[192.0.2.1]", false)]
    [InlineData("[IPv6:2001:db8::1]", false)]
    public async Task One_that_is_not_fully_qualified_is_warned_of_at_the_start_with_the_setting_that_names_it(string name, bool warned)
    {
        await using var relay = await RelayHost.StartAsync(redis.Process.ConnectionString, new() { ["Relay:HelloName"] = name, ["Relay:Routes:x.test:NextHop"] = "smtp.x.test" });
        // What is said after it.
        await relay.LoggedAsync("is not protected");
        var lines = relay.Log.Where(line => line.Contains("RFC 5321 §4.1.4", StringComparison.Ordinal)).ToList();
        Assert.Equal(warned ? 1 : 0, lines.Count);
        Assert.All(lines, line => Assert.Matches($"^Warning The relay's name {System.Text.RegularExpressions.Regex.Escape(name)} .* strict servers refuse it .*Relay:HelloName", line));
    }
}
