using System.Collections.Concurrent;
using System.Net;
using System.Net.Sockets;
using Slimta.Chaos.Actors;

namespace Slimta.Chaos.Network;

/// <summary>A TCP proxy between two actors: what it sees is written down, and it can cut and delay.</summary>
internal sealed class Link : IAsyncDisposable
{
    private readonly TcpListener _listener = new(IPAddress.Loopback, 0);
    private readonly ConcurrentDictionary<LinkConnection, bool> _connections = new();
    private readonly CancellationTokenSource _stop = new();
    private readonly Func<int> _port;
    private readonly Func<int, Tap> _tap;
    private readonly Task _accepting;

    /// <param name="client">Null: the sender, which is this program.</param>
    /// <param name="port">Where the server listens now.</param>
    /// <param name="tap">For a connection whose port at the server's side is given.</param>
    public Link(string kind, Actor? client, Actor server, Func<int> port, Func<Link, int, Tap> tap)
    {
        (Kind, Client, Server) = (kind, client, server);
        Name = $"{client?.Name ?? "sender"}>{server.Name}";
        _port = port;
        _tap = local => tap(this, local);
        _listener.Start();
        _accepting = Task.Run(AcceptAsync);
    }

    public string Name { get; }

    /// <summary>Between which roles.</summary>
    public string Kind { get; }
    public Actor? Client { get; }
    public Actor Server { get; }

    public int Port => ((IPEndPoint)_listener.LocalEndpoint).Port;

    /// <summary>How long everything takes, each way.</summary>
    public TimeSpan Delay { get; set; }

    /// <summary>Cuts what is connected; a reset, as when a machine is gone.</summary>
    public int Cut()
    {
        var connections = _connections.Keys.ToList();
        foreach (var connection in connections)
            connection.Cut();
        return connections.Count;
    }

    /// <summary>Ends all connections; each has then written down what it saw.</summary>
    public async ValueTask DisposeAsync()
    {
        if (_stop.IsCancellationRequested)
            return;
        await _stop.CancelAsync();
        _listener.Stop();
        await _accepting;
        Cut();
        while (!_connections.IsEmpty)
            await Clock.DelayAsync(0.01);
        _listener.Dispose();
    }

    private async Task AcceptAsync()
    {
        while (!_stop.IsCancellationRequested)
        {
            Socket client;
            try
            {
                client = await _listener.AcceptSocketAsync(_stop.Token);
            }
            catch (Exception error) when (error is SocketException or OperationCanceledException or ObjectDisposedException)
            {
                continue;
            }
            _ = Task.Run(() => ServeAsync(client));
        }
    }

    private async Task ServeAsync(Socket client)
    {
        var server = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
        try
        {
            await server.ConnectAsync(IPAddress.Loopback, _port());
        }
        catch (SocketException)
        {
            // As if it had been refused here.
            LinkConnection.Reset(client);
            server.Dispose();
            return;
        }
        var connection = new LinkConnection(client, server, _tap(((IPEndPoint)server.LocalEndPoint!).Port), () => Delay);
        _connections[connection] = true;
        await connection.RunAsync();
        _connections.TryRemove(connection, out _);
    }
}
