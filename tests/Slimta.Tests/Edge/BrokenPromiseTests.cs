using System.Net;
using Slimta.Storage.Tests.Support;
using static Slimta.Tests.Edge.EdgeHost;

namespace Slimta.Tests.Edge;

/// <summary>The queue's server stops keeping its promise under a running edge.</summary>
[Collection("edge")]
public sealed class BrokenPromiseTests
{
    [Fact]
    public async Task The_edge_says_451_4_3_5_and_503_until_it_keeps_it_again()
    {
        await using var own = await RedisProcess.StartAsync();
        await using var host = await EdgeHost.StartAsync(own.ConnectionString, new() { ["Storage:CheckInterval"] = "00:00:01" });
        Assert.Contains("250 2.6.0", await host.SayAsync("EHLO c.test\r\n" + Transaction), StringComparison.Ordinal);

        await own.CommandAsync("CONFIG", "SET", "maxmemory-policy", "allkeys-lru");
        await host.HealthIsAsync(HttpStatusCode.ServiceUnavailable);
        var said = await host.SayAsync("EHLO c.test\r\n" + Transaction + "QUIT\r\n");
        Assert.Contains("451 4.3.5 ", said, StringComparison.Ordinal);
        Assert.Contains("221 2.0.0 Bye", said, StringComparison.Ordinal);
        using var refused = await host.PostAsync();
        Assert.Equal(HttpStatusCode.ServiceUnavailable, refused.StatusCode);
        Assert.True(refused.Headers.Contains("Retry-After"));

        await own.CommandAsync("CONFIG", "SET", "maxmemory-policy", "noeviction");
        await host.HealthIsAsync(HttpStatusCode.OK);
        Assert.Contains("250 2.6.0", await host.SayAsync("EHLO c.test\r\n" + Transaction), StringComparison.Ordinal);
        Assert.Equal(2, (await host.QueuedAsync()).Count);
    }
}
