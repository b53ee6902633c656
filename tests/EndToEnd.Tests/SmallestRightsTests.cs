using Slimta.Storage.Tests.Support;

namespace Slimta.EndToEnd;

/// <summary>Edge and relay as users of Redis that may do no more than docs/reference/redis.md asks for.</summary>
public sealed class SmallestRightsTests
{
    [Fact]
    public async Task A_message_goes_its_whole_way_under_the_rights_of_the_docs()
    {
        await using var redis = await RedisProcess.StartAsync();
        await SmallestAcl.GrantAsync(redis, SmallestAcl.Text);
        await using var mailbox = await StandaloneProcess.StartAsync("mailbox");
        var shared = new Dictionary<string, string>
        {
            ["ConnectionStrings:redis"] = redis.ConnectionString + SmallestAcl.Login,
            ["Relay:Routes:example.net:NextHop"] = $"127.0.0.1:{mailbox.MailboxPort}",
            ["Relay:Routes:gone.test:NextHop"] = $"127.0.0.1:{mailbox.MailboxPort}",
            ["Relay:Routes:example.com:NextHop"] = $"127.0.0.1:{mailbox.MailboxPort}",
        };
        await using var edge = await StandaloneProcess.StartAsync("edge", shared);
        await using var relay = await StandaloneProcess.StartAsync("relay", shared);

        await edge.SendAsync("to be delivered");
        await edge.SendAsync("to be returned", "permfail@gone.test");
        await edge.SendAsync("x".PadLeft(600, 'x'), "tempfail@example.net");

        await mailbox.MailboxHasAsync("to be delivered", "Undelivered: your message could not be delivered");
        Assert.Equal("0 element(s)", await redis.CommandAsync("ACL", "LOG"));
    }
}
