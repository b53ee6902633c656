using System.Net;
using Slimta.Storage.Tests.Support;
using static Slimta.Tests.Edge.EdgeHost;

namespace Slimta.Tests.Edge;

/// <summary>The queue is away, or slow: the client keeps the message, and nothing of it is left behind.</summary>
[Collection("edge")]
public sealed class OutageTests(RedisServer redis)
{
    [Fact]
    public async Task Without_its_server_the_edge_says_451_and_goes_on_when_it_is_back()
    {
        await using var own = await RedisProcess.StartAsync();
        await using var host = await EdgeHost.StartAsync(own.ConnectionString, new() { ["Storage:CheckInterval"] = "00:00:01" });
        await own.KillAsync();

        var said = await host.SayAsync("EHLO c.test\r\n" + Transaction + Transaction + "QUIT\r\n");
        Assert.Equal(2, said.Split("451 4.3.0 The queue cannot be reached; try again later").Length - 1);
        Assert.Contains("221 2.0.0 Bye", said, StringComparison.Ordinal);
        await host.HealthIsAsync(HttpStatusCode.ServiceUnavailable);
        using var submitted = await host.PostAsync();
        Assert.Equal(HttpStatusCode.ServiceUnavailable, submitted.StatusCode);

        await own.StartAgainAsync();
        await host.HealthIsAsync(HttpStatusCode.OK);
        Assert.Empty(await host.QueuedAsync());
        Assert.Contains("250 2.6.0", await host.SayAsync("EHLO c.test\r\n" + Transaction), StringComparison.Ordinal);
        Assert.Single(await host.QueuedAsync());
    }

    [Fact]
    public async Task A_write_that_comes_too_late_is_withdrawn()
    {
        await using var host = await EdgeHost.StartAsync(redis.Process.ConnectionString, new() { ["Edge:WriteTimeout"] = "00:00:03" });
        // The first one connects as well.
        Assert.Contains("250 2.6.0", await host.SayAsync("EHLO c.test\r\n" + Transaction), StringComparison.Ordinal);
        await redis.Process.CommandAsync("CLIENT", "PAUSE", "60000", "WRITE");
        Assert.Contains("451 4.3.0", await host.SayAsync("EHLO c.test\r\n" + Transaction), StringComparison.Ordinal);
        await redis.Process.CommandAsync("CLIENT", "UNPAUSE");
        await host.Withdrawals.WhenIdle();
        Assert.Single(await host.QueuedAsync());
    }

    [Fact]
    public async Task A_full_queue_is_452()
    {
        await using var host = await EdgeHost.StartAsync(redis.Process.ConnectionString, new() { ["Storage:MaxMessages"] = "1" });
        var said = await host.SayAsync("EHLO c.test\r\n" + Transaction + Transaction);
        Assert.Contains("250 2.6.0", said, StringComparison.Ordinal);
        Assert.Contains("452 4.3.1 The queue is full; try again later", said, StringComparison.Ordinal);
        Assert.Single(await host.QueuedAsync());
    }

    [Fact]
    public async Task A_large_message_that_is_given_up_leaves_nothing_staged()
    {
        await using var host = await EdgeHost.StartAsync(redis.Process.ConnectionString, new() { ["Edge:Smtp:BareLineFeed"] = "Reject" });
        var line = new string('x', 998) + "\r\n";
        var said = await host.SayAsync("EHLO c.test\r\nMAIL FROM:<a@a.test>\r\nRCPT TO:<b@b.test>\r\nDATA\r\n\r\n" + string.Concat(Enumerable.Repeat(line, 2000)) + "bare\n.\r\n");
        Assert.Contains("554 5.6.0", said, StringComparison.Ordinal);
        Assert.Equal(0, (await host.Operator.CountAsync()).Bytes);
    }
}
