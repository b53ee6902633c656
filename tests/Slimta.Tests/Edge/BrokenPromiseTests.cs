using System.Net;
using Slimta.Storage.Tests.Servers;

namespace Slimta.Tests.Edge;

/// <summary>The queue's server stops keeping its promise under a running edge.</summary>
[Collection("edge")]
public sealed class BrokenPromiseTests
{
    private const string Transaction = "MAIL FROM:<a@a.test>\r\nRCPT TO:<b@b.test>\r\nDATA\r\nSubject: x\r\n\r\nbody\r\n.\r\n";

    [Fact]
    public async Task The_edge_says_451_4_3_5_and_503_until_it_keeps_it_again()
    {
        await using var own = await RedisProcess.StartAsync();
        await using var host = await EdgeHost.StartAsync(own.ConnectionString, new() { ["Storage:CheckInterval"] = "00:00:01" });
        using var http = new HttpClient { BaseAddress = host.Http };
        Assert.Contains("250 2.6.0", await host.SayAsync("EHLO c.test\r\n" + Transaction), StringComparison.Ordinal);

        await own.CommandAsync("CONFIG", "SET", "maxmemory-policy", "allkeys-lru");
        await UntilAsync(http, HttpStatusCode.ServiceUnavailable);
        var said = await host.SayAsync("EHLO c.test\r\n" + Transaction + "QUIT\r\n");
        Assert.Contains("451 4.3.5 ", said, StringComparison.Ordinal);
        Assert.Contains("221 2.0.0 Bye", said, StringComparison.Ordinal);
        using var refused = await http.PostAsync("/messages?sender=a@a.test&recipient=b@b.test", new StringContent("Subject: x\r\n\r\n", null, "message/rfc822"));
        Assert.Equal(HttpStatusCode.ServiceUnavailable, refused.StatusCode);
        Assert.True(refused.Headers.Contains("Retry-After"));

        await own.CommandAsync("CONFIG", "SET", "maxmemory-policy", "noeviction");
        await UntilAsync(http, HttpStatusCode.OK);
        Assert.Contains("250 2.6.0", await host.SayAsync("EHLO c.test\r\n" + Transaction), StringComparison.Ordinal);
        Assert.Equal(2, (await host.QueuedAsync()).Count);
    }

    private static async Task UntilAsync(HttpClient http, HttpStatusCode expected)
    {
        while (true)
        {
            using var health = await http.GetAsync("/health");
            if (health.StatusCode == expected)
                return;
            await Task.Delay(TimeSpan.FromMilliseconds(20), TimeProvider.System);
        }
    }
}
