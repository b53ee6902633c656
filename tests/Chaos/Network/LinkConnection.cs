using System.Net.Sockets;
using System.Threading.Channels;

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

    private async Task PumpAsync(Socket from, Socket to, Func<Sending, ValueTask<Passage>> pass, Action? handed)
    {
        var underWay = Channel.CreateUnbounded<Sending>();
        await Task.WhenAll(TakeAsync(from, underWay.Writer), HandOnAsync(underWay.Reader, to, pass, handed));
    }

    /// <summary>Sent bytes travel on, even if the sender has died.</summary>
    private static async Task TakeAsync(Socket from, ChannelWriter<Sending> underWay)
    {
        var buffer = new byte[32 * 1024];
        try
        {
            while (await from.ReceiveAsync(buffer) is var read and > 0)
                underWay.TryWrite(new(Clock.Now, buffer.AsSpan(0, read).ToArray()));
            underWay.Complete();
        }
        catch (Exception error) when (error is SocketException or ObjectDisposedException)
        {
            // After what is under way.
            underWay.Complete(error);
        }
    }

    private async Task HandOnAsync(ChannelReader<Sending> underWay, Socket to, Func<Sending, ValueTask<Passage>> pass, Action? handed)
    {
        try
        {
            await foreach (var sending in underWay.ReadAllAsync())
            {
                // The harm itself: a slow network. Each piece takes as long, and they follow one another.
                if (sending.At + Clock.Seconds(delay().TotalSeconds) - Clock.Now is var left and > 0)
                    await Clock.DelayAsync(left / 1_000_000.0);
                var passage = await pass(sending);
                var bytes = sending.Bytes;
                var part = passage switch { Passage.Pass => bytes.Length, Passage.Half => bytes.Length / 2, _ => 0 };
                for (var sent = 0; sent < part;)
                    sent += await to.SendAsync(bytes[sent..part]);
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
