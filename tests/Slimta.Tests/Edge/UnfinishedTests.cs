using System.Net.Sockets;
using System.Text;

namespace Slimta.Tests.Edge;

/// <summary>What clients hold that begin a message and do not end it.</summary>
[Collection("edge")]
public sealed class UnfinishedTests(RedisServer redis)
{
    [Fact]
    public async Task Who_withholds_the_ends_of_long_headers_is_refused_and_mail_of_others_is_taken()
    {
        await using var host = await EdgeHost.StartAsync(redis.Process.ConnectionString, new() { ["Edge:Smtp:Limits:MaxUnfinishedBytes"] = "1048576" });
        var held = new List<(TcpClient Client, StreamReader Reader)>();
        try
        {
            for (var i = 0; i < 20; i++)
                held.Add(await BeginAsync(host));
            Assert.Contains("\n250 2.6.0 ", await host.SayAsync(
                "EHLO c.test\r\nMAIL FROM:<a@a.test>\r\nRCPT TO:<b@b.test>\r\nDATA\r\nSubject: x\r\n\r\nbody\r\n.\r\nQUIT\r\n"), StringComparison.Ordinal);
            // At once, or those who wait for the end of what does not end would hold their connections.
            var answers = held.Select(one => one.Reader.ReadLineAsync()).ToList();
            await Task.WhenAny(answers);
            foreach (var (client, _) in held.Where((_, i) => !answers[i].IsCompleted))
                await client.GetStream().WriteAsync("\r\n\r\nbody\r\n.\r\n"u8.ToArray());
            var replies = await Task.WhenAll(answers);
            Assert.Equal(["250 2.6.0", "421 4.3.2"], replies.Select(reply => reply?[..9]).Distinct().Order());
            Assert.All(held.Where((_, i) => replies[i]!.StartsWith("421", StringComparison.Ordinal)), one => Assert.Equal(-1, one.Reader.Read()));
            // What they held is free again.
            var (last, answer) = await BeginAsync(host);
            held.Add((last, answer));
            await last.GetStream().WriteAsync("\r\n\r\nbody\r\n.\r\n"u8.ToArray());
            Assert.StartsWith("250 2.6.0 ", await answer.ReadLineAsync(), StringComparison.Ordinal);
        }
        finally
        {
            held.ForEach(one => one.Client.Dispose());
        }
    }

    /// <summary>A message whose header goes on for 200 KB and does not end.</summary>
    private static async Task<(TcpClient Client, StreamReader Reader)> BeginAsync(EdgeHost host)
    {
        var client = new TcpClient { NoDelay = true };
        await client.ConnectAsync(host.Smtp[0]);
        var stream = client.GetStream();
        var reader = new StreamReader(stream);
        Assert.StartsWith("220 ", await reader.ReadLineAsync(), StringComparison.Ordinal);
        await stream.WriteAsync("HELO c.test\r\nMAIL FROM:<a@a.test>\r\nRCPT TO:<b@b.test>\r\nDATA\r\n"u8.ToArray());
        while ((await reader.ReadLineAsync())?.StartsWith("354", StringComparison.Ordinal) == false)
            continue;
        await stream.WriteAsync(Encoding.ASCII.GetBytes(string.Concat(Enumerable.Repeat($"X-Pad: {new string('x', 900)}\r\n", 220))));
        return (client, reader);
    }
}
