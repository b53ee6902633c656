using System.Diagnostics;
using System.Net;
using System.Net.Sockets;

namespace Slimta.Storage.Tests.Servers;

internal static class Answers
{
    /// <summary>Waits until a server has loaded its data. Asked over a bare socket: a client would first want to log in.</summary>
    public static async Task ToPingAsync(int port, Process process)
    {
        var reply = new byte[64];
        for (var tries = 0; ; tries++)
        {
            try
            {
                using var client = new TcpClient();
                await client.ConnectAsync(IPAddress.Loopback, port);
                await client.GetStream().WriteAsync("PING\r\n"u8.ToArray());
                var read = await client.GetStream().ReadAsync(reply);
                if (read > 0 && !reply.AsSpan().StartsWith("-LOADING"u8))
                    return;
            }
            catch (Exception error) when (error is SocketException or IOException && tries < 1500 && !process.HasExited)
            {
                // Not listening yet.
            }
            await Task.Delay(TimeSpan.FromMilliseconds(20), TimeProvider.System);
        }
    }
}
