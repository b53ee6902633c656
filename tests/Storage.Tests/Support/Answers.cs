using System.Diagnostics;
using System.Net;
using System.Net.Sockets;

namespace Slimta.Storage.Tests.Support;

internal static class Answers
{
    /// <summary>For what takes a second or two: a test that waits for ever tells nothing.</summary>
    public static readonly TimeSpan Patience = TimeSpan.FromMinutes(2);

    /// <summary>Waits until a server has loaded its data. Asked over a bare socket: a client would first want to log in.</summary>
    public static async Task ToPingAsync(int port, Process process)
    {
        var reply = new byte[64];
        using var timeout = new CancellationTokenSource(Patience);
        for (var tries = 0; ; tries++)
        {
            try
            {
                using var client = new TcpClient();
                await client.ConnectAsync(IPAddress.Loopback, port, timeout.Token);
                await client.GetStream().WriteAsync("PING\r\n"u8.ToArray(), timeout.Token);
                var read = await client.GetStream().ReadAsync(reply, timeout.Token);
                if (read > 0 && !reply.AsSpan().StartsWith("-LOADING"u8))
                    return;
            }
            catch (Exception error) when (error is SocketException or IOException && tries < 1500 && !process.HasExited)
            {
                // Not listening yet.
            }
            await Task.Delay(TimeSpan.FromMilliseconds(20), TimeProvider.System, timeout.Token);
        }
    }
}
