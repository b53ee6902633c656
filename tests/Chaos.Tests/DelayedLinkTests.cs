using System.Net;
using System.Net.Sockets;
using System.Text;
using Slimta.Chaos.Actors;
using Slimta.Chaos.Faults;
using Slimta.Chaos.Network;

namespace Slimta.Chaos.Tests;

/// <summary>What the judge learns of a relay's last words on a slow way.</summary>
public sealed class DelayedLinkTests
{
    private static readonly TimeSpan Delay = TimeSpan.FromSeconds(0.4);

    /// <summary>A relay that is killed right after it never has the reply, though its end of the message may arrive long after.</summary>
    [Theory]
    [InlineData(100)]
    [InlineData(200_000)]
    public async Task The_end_of_a_message_is_noted_when_it_was_sent(int length)
    {
        using var listener = new TcpListener(IPAddress.Loopback, 0);
        listener.Start();
        var journal = new Journal();
        await using var sink = new Actor("sink");
        await using var link = new Link("relay>sink", null, sink, () => ((IPEndPoint)listener.LocalEndpoint).Port,
            (link, port) => new SmtpTap(link, port, journal, new PointBook(journal)));

        using var client = new TcpClient();
        await client.ConnectAsync(IPAddress.Loopback, link.Port);
        using var server = await listener.AcceptTcpClientAsync();
        await server.GetStream().WriteAsync("354 Go on\r\n"u8.ToArray());
        await ReadUntilAsync(client, "354 Go on\r\n");

        link.Delay = Delay;
        await client.GetStream().WriteAsync(Encoding.ASCII.GetBytes(new string('x', length) + "\r\n.\r\n"));
        await ReadUntilAsync(server, "\r\n.\r\n");
        var arrived = Clock.Now;
        link.Delay = TimeSpan.Zero;
        await server.GetStream().WriteAsync("250 Kept\r\n"u8.ToArray());
        await ReadUntilAsync(client, "250 Kept\r\n");
        await link.DisposeAsync();

        var transfer = Assert.Single(journal.Transfers);
        Assert.NotNull(transfer.Replied);
        Assert.InRange(transfer.Dot, 0, arrived - Clock.Seconds(0.9 * Delay.TotalSeconds));
    }

    private static async Task ReadUntilAsync(TcpClient client, string end)
    {
        var text = new StringBuilder();
        var buffer = new byte[64 * 1024];
        while (!text.ToString().EndsWith(end, StringComparison.Ordinal))
        {
            var read = await client.GetStream().ReadAsync(buffer);
            Assert.NotEqual(0, read);
            text.Append(Encoding.ASCII.GetString(buffer, 0, read));
        }
    }
}
