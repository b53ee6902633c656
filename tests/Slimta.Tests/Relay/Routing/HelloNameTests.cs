namespace Slimta.Tests.Relay;

/// <summary>What the relay calls itself: strict servers refuse a name that no DNS can have.</summary>
[Collection("relay")]
public class HelloNameTests(RedisServer redis)
{
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
