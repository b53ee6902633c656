using System.Net.Sockets;

namespace Slimta.Chaos.Network;

/// <summary>One connection over a link.</summary>
internal sealed class LinkConnection(Socket client, Socket server, Tap tap, Func<TimeSpan> delay)
{
    private int _cut;

    public async Task RunAsync()
    {
        client.NoDelay = server.NoDelay = true;
        await Task.WhenAll(
            PumpAsync(client, server, tap.FromClientAsync, handed: null),
            PumpAsync(server, client, tap.FromServerAsync, tap.Handed));
        tap.Ended();
        client.Dispose();
        server.Dispose();
    }

    /// <summary>Both sides are reset.</summary>
    public void Cut()
    {
        if (Interlocked.Exchange(ref _cut, 1) != 0)
            return;
        Reset(client);
        Reset(server);
    }

    public static void Reset(Socket socket)
    {
        try
        {
            socket.LingerState = new LingerOption(true, 0);
            socket.Close();
        }
        catch (Exception error) when (error is SocketException or ObjectDisposedException)
        {
            // Gone already.
        }
    }

    private async Task PumpAsync(Socket from, Socket to, Func<ReadOnlyMemory<byte>, ValueTask<Passage>> pass, Action? handed)
    {
        var buffer = new byte[32 * 1024];
        try
        {
            while (await from.ReceiveAsync(buffer) is var read and > 0)
            {
                // The harm itself: a slow network.
                if (delay() is { Ticks: > 0 } wait)
                    await Task.Delay(wait, TimeProvider.System);
                var passage = await pass(buffer.AsMemory(0, read));
                var part = passage switch { Passage.Pass => read, Passage.Half => read / 2, _ => 0 };
                for (var sent = 0; sent < part;)
                    sent += await to.SendAsync(buffer.AsMemory(sent, part - sent));
                if (passage == Passage.Half)
                    // Closed, not reset: a reset may overtake what was sent.
                    to.Shutdown(SocketShutdown.Send);
                if (passage != Passage.Pass)
                {
                    Cut();
                    return;
                }
                handed?.Invoke();
            }
            // The other way may still have something to say.
            to.Shutdown(SocketShutdown.Send);
        }
        catch (Exception error) when (error is SocketException or ObjectDisposedException)
        {
            Cut();
        }
    }
}
