using Slimta.Storage.Tests.Support;

namespace Slimta.EndToEnd;

/// <summary>Each role its own process, on one redis-server.</summary>
public sealed class SharedRedisTests
{
    [Fact]
    public async Task Two_relays_share_the_mail_and_one_that_is_killed_loses_none()
    {
        await using var redis = await RedisProcess.StartAsync();
        await using var mailbox = await StandaloneProcess.StartAsync("mailbox");
        var shared = new Dictionary<string, string>
        {
            ["ConnectionStrings:redis"] = redis.ConnectionString,
            ["Relay:Smarthost"] = $"127.0.0.1:{mailbox.MailboxPort}",
            ["Storage:Lease"] = "00:00:02",
        };
        await using var edge = await StandaloneProcess.StartAsync("edge", shared);
        await using var first = await StandaloneProcess.StartAsync("relay", shared);
        await using var second = await StandaloneProcess.StartAsync("relay", shared);

        var subjects = Enumerable.Range(0, 40).Select(i => $"message {i}").ToList();
        foreach (var subject in subjects.Take(20))
            await edge.SendAsync(subject);
        await first.KillAsync();
        foreach (var subject in subjects.Skip(20))
            await edge.SendAsync(subject);

        var had = await mailbox.MailboxHasAsync(subjects);
        Assert.Equal(subjects.Order(), had.Distinct().Order());
    }
}
