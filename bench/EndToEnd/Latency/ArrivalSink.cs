using System.Collections.Concurrent;
using System.Net;
using System.Net.Sockets;

namespace Slimta.EndToEnd.Bench.Latency;

/// <summary>An SMTP sink that notes when each message came.</summary>
internal sealed class ArrivalSink : IAsyncDisposable
{
    private readonly TcpListener _listener;
    private readonly Task _accepting;
    private readonly ConcurrentDictionary<Socket, bool> _open = new();

    public ArrivalSink(int port)
    {
        _listener = new TcpListener(IPAddress.Loopback, port);
        _listener.Start(1024);
        _accepting = AcceptAsync();
    }

    /// <summary>What stands before the dot in a recipient → when the final dot came, by the run's clock.</summary>
    public ConcurrentDictionary<string, double> Arrivals { get; } = new(StringComparer.Ordinal);

    public async ValueTask DisposeAsync()
    {
        _listener.Stop();
        await _accepting;
        foreach (var socket in _open.Keys)
            socket.Dispose();
    }

    private async Task AcceptAsync()
    {
        try
        {
            while (true)
                _ = ServeAsync(await _listener.AcceptSocketAsync());
        }
        catch (Exception e) when (e is SocketException or ObjectDisposedException)
        {
            // Stopped.
        }
    }

    private async Task ServeAsync(Socket socket)
    {
        _open[socket] = true;
        try
        {
            socket.NoDelay = true;
            await using var stream = new NetworkStream(socket, ownsSocket: true);
            await new ArrivalSession(stream, Arrivals).RunAsync();
        }
        catch (Exception e) when (e is IOException or SocketException or ObjectDisposedException)
        {
            // The client is gone, or the run is over.
        }
        _open.TryRemove(socket, out _);
    }
}
