using System.Buffers;
using System.Net;
using System.Net.Security;
using System.Net.Sockets;
using Slimta.Smtp.Server;

namespace Slimta.Tests.Smtp.Server;

public class SmtpWireTests
{
    /// <summary>A stop, and the end of the wait before the greeting, may come at the very moment at which the client says something.</summary>
    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task Not_an_octet_is_lost_to_interruptions(bool tls)
    {
        using var listener = new TcpListener(IPAddress.Loopback, 0);
        listener.Start();
        using var client = new TcpClient { NoDelay = true };
        await client.ConnectAsync((IPEndPoint)listener.LocalEndpoint);
        await using var wire = new SmtpWire(new SocketConnection(await listener.AcceptSocketAsync()), new SmtpTimeouts(), TimeProvider.System);
        Stream stream = client.GetStream();
        if (tls)
        {
            var ssl = new SslStream(stream, false, (_, certificate, _, _) => certificate?.Subject == "CN=mx.test");
            await Task.WhenAll(ssl.AuthenticateAsClientAsync("localhost"), wire.StartTlsAsync(LiveServer.Tls()));
            stream = ssl;
        }
        var sent = new byte[400_000];
        new Random(7).NextBytes(sent);

        var received = ReceiveAsync(wire, sent.Length);
        var nudging = Task.Run(() =>
        {
            while (!received.IsCompleted)
            {
                wire.Interrupt();
                Thread.SpinWait(200);
            }
        });
        for (var at = 0; at < sent.Length; at += 8)
            await stream.WriteAsync(sent.AsMemory(at, 8));
        Assert.Equal(sent, await received);
        await nudging;
    }

    private static async Task<byte[]> ReceiveAsync(SmtpWire wire, int length)
    {
        await Task.Yield();
        var received = new List<byte>();
        while (received.Count < length)
        {
            var read = await wire.ReadAsync(wire.DeadlineAfter(TimeSpan.FromMinutes(1)));
            received.AddRange(read.Buffer.ToArray());
            wire.AdvanceTo(read.Buffer.End);
            Assert.False(read.IsCompleted);
        }
        return [.. received];
    }
}

