using System.IO.Pipelines;
using System.Net.Sockets;
using Microsoft.AspNetCore.Connections;
using Microsoft.AspNetCore.Connections.Features;
using Microsoft.AspNetCore.Http.Features;

namespace Slimta.Smtp.Server;

/// <summary>
/// A client's socket as pipes that read when they are asked to. Kestrel's socket connection reads ahead, 4 KiB at a time and up to
/// 1 MiB: for a large message that is thousands of calls, and memory on top of what its chunks take.
/// </summary>
internal sealed class SocketConnection : ConnectionContext, IConnectionSocketFeature, IDuplexPipe
{
    private const int ReadBytes = 64 * 1024;
    private const int MostDrained = 1024 * 1024;

    public SocketConnection(Socket socket)
    {
        Socket = socket;
        socket.NoDelay = true;
        LocalEndPoint = socket.LocalEndPoint;
        RemoteEndPoint = socket.RemoteEndPoint;
        var stream = new NetworkStream(socket);
        // With zero-byte reads a buffer is taken only once there is something to read, so an idle client costs none.
        Input = PipeReader.Create(stream, new StreamPipeReaderOptions(bufferSize: ReadBytes, leaveOpen: true, useZeroByteReads: true));
        Output = PipeWriter.Create(stream, new StreamPipeWriterOptions(leaveOpen: true));
        Transport = this;
        Features.Set<IConnectionSocketFeature>(this);
    }

    public Socket Socket { get; }
    public PipeReader Input { get; }
    public PipeWriter Output { get; }
    public override IDuplexPipe Transport { get; set; }
    public override IFeatureCollection Features { get; } = new FeatureCollection();
    public override IDictionary<object, object?> Items { get; set; } = new ConnectionItems();
    public override string ConnectionId { get; set; } = "";

    /// <summary>
    /// Resets the connection. The linger time of 0 does it, since the kernel decides whether a plain close of a socket that is being read means
    /// a reset or an orderly end for the client.
    /// </summary>
    public override void Abort(ConnectionAbortedException abortReason) => Socket.Close(timeout: 0);

    public override ValueTask DisposeAsync()
    {
        try
        {
            Drain();
        }
        catch (Exception e) when (e is SocketException or ObjectDisposedException)
        {
            // It is gone already.
        }
        Socket.Dispose();
        return base.DisposeAsync();
    }

    /// <summary>Bytes unread when a socket is closed make the kernel reset it, and the client lose our last reply.</summary>
    private void Drain()
    {
        Span<byte> scrap = stackalloc byte[4096];
        for (var drained = 0; drained < MostDrained && Socket.Available > 0;)
            drained += Socket.Receive(scrap);
    }
}
