using System.Net;
using System.Net.Sockets;
using Slimta.Chaos.Mail;

namespace Slimta.Chaos.Tests;

/// <summary>What the judge takes for an answer.</summary>
public sealed class BrokenRepliesTests
{
    [Theory]
    [InlineData("250 mx.test", false)]
    [InlineData("250 mx.test\r\n", true)]
    public async Task A_reply_that_breaks_off_is_none(string reply, bool answered)
    {
        using var listener = new TcpListener(IPAddress.Loopback, 0);
        listener.Start();
        var server = ServeAsync();
        var opened = SmtpDialogue.OpenAsync(((IPEndPoint)listener.LocalEndpoint).Port, "c.test", TimeSpan.FromMinutes(1), CancellationToken.None);
        if (answered)
            (await opened).Dispose();
        else
            await Assert.ThrowsAsync<IOException>(() => opened);
        await server;

        async Task ServeAsync()
        {
            using var client = await listener.AcceptTcpClientAsync();
            var stream = client.GetStream();
            await stream.WriteAsync("220 mx.test\r\n"u8.ToArray());
            // What is unread when a socket is closed would reset it.
            await new StreamReader(stream).ReadLineAsync();
            await stream.WriteAsync(reply.Select(c => (byte)c).ToArray());
        }
    }
}
