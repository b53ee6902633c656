using System.Net;
using System.Net.Sockets;

namespace Slimta.Chaos.Sick;

/// <summary>Mail servers that are sick, each on an address that no other has, and all on one port. Well again, they hand everything to the sink.</summary>
internal sealed class SickHosts : IAsyncDisposable
{
    private static readonly byte[] Greeting = "220 sick.test\r\n"u8.ToArray();
    private static readonly byte[] Extensions = "250-sick.test\r\n250 STARTTLS\r\n"u8.ToArray();

    private readonly CancellationTokenSource _over = new();
    private readonly CancellationTokenSource _well = new();
    private readonly List<Task> _tasks = [];
    private readonly int _sinkPort;

    public SickHosts(int sinkPort)
    {
        _sinkPort = sinkPort;
        Port = PortOfAll();
        foreach (var domain in SickDomain.All)
            _tasks.Add(Task.Run(() => LiveAsync(domain)));
    }

    /// <summary>Relay:Mx:Port.</summary>
    public int Port { get; }

    /// <summary>From now on all of them take mail.</summary>
    public void Heal() => _well.Cancel();

    public async ValueTask DisposeAsync()
    {
        await _over.CancelAsync();
        await Task.WhenAll(_tasks).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        _over.Dispose();
        _well.Dispose();
    }

    private async Task LiveAsync(SickDomain domain)
    {
        using (var sick = CancellationTokenSource.CreateLinkedTokenSource(_well.Token, _over.Token))
            await IllAsync(domain, sick.Token);
        if (!_over.IsCancellationRequested)
            await ServeAsync(domain, HandOnAsync, _over.Token);
    }

    private async Task IllAsync(SickDomain domain, CancellationToken stop)
    {
        switch (domain.Kind)
        {
            case Sickness.Closed:
                await UntilAsync(stop);
                break;
            case Sickness.Full:
                using (var listener = Listen(domain, backlog: 0))
                using (var filler = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp))
                {
                    // With a backlog of 0 the kernel keeps one connection that is not accepted, and drops every further SYN.
                    await filler.ConnectAsync(new IPEndPoint(new IPAddress(domain.Address), Port), CancellationToken.None);
                    await UntilAsync(stop);
                }
                break;
            default:
                await ServeAsync(domain, (client, cancelled) => ActAsync(domain.Kind, client, cancelled), stop);
                break;
        }
    }

    private static async Task ActAsync(Sickness kind, Socket client, CancellationToken stop)
    {
        switch (kind)
        {
            case Sickness.Drip:
                foreach (var octet in Greeting)
                {
                    await client.SendAsync(new[] { octet }, stop);
                    // The harm itself.
                    await Clock.DelayAsync(2, stop);
                }
                break;
            case Sickness.Deaf:
                await client.SendAsync(Greeting, stop);
                break;
            case Sickness.Tls:
                await client.SendAsync(Greeting, stop);
                await ReadAsync(client, stop);
                await client.SendAsync(Extensions, stop);
                await ReadAsync(client, stop);
                await client.SendAsync(Greeting, stop);
                break;
        }
        while (await ReadAsync(client, stop) > 0)
            continue;
    }

    private async Task HandOnAsync(Socket client, CancellationToken stop)
    {
        using var sink = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp) { NoDelay = true };
        await sink.ConnectAsync(new IPEndPoint(IPAddress.Loopback, _sinkPort), stop);
        await Task.WhenAny(CopyAsync(client, sink, stop), CopyAsync(sink, client, stop));
    }

    private static async Task CopyAsync(Socket from, Socket to, CancellationToken stop)
    {
        var buffer = new byte[64 * 1024];
        while (await from.ReceiveAsync(buffer, stop) is var read and > 0)
            await to.SendAsync(buffer.AsMemory(0, read), stop);
    }

    private async Task ServeAsync(SickDomain domain, Func<Socket, CancellationToken, Task> act, CancellationToken stop)
    {
        using var listener = Listen(domain, backlog: 512);
        while (!stop.IsCancellationRequested)
        {
            try
            {
                _ = ActAndCloseAsync(await listener.AcceptAsync(stop), act, stop);
            }
            catch (Exception error) when (error is OperationCanceledException or SocketException)
            {
                // Over, or the client went at once.
            }
        }
    }

    private static async Task ActAndCloseAsync(Socket client, Func<Socket, CancellationToken, Task> act, CancellationToken stop)
    {
        using (client)
            await act(client, stop).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
    }

    private Socket Listen(SickDomain domain, int backlog)
    {
        var listener = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
        listener.SetSocketOption(SocketOptionLevel.Socket, SocketOptionName.ReuseAddress, true);
        listener.Bind(new IPEndPoint(new IPAddress(domain.Address), Port));
        listener.Listen(backlog);
        return listener;
    }

    private static ValueTask<int> ReadAsync(Socket client, CancellationToken stop) => client.ReceiveAsync(new byte[1024], stop);

    private static Task UntilAsync(CancellationToken stop) => Clock.DelayAsync(TimeSpan.FromDays(1).TotalSeconds, stop).ContinueWith(_ => { }, TaskScheduler.Default);

    /// <summary>A port that is free on every address.</summary>
    private static int PortOfAll()
    {
        using var probe = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
        probe.Bind(new IPEndPoint(IPAddress.Any, 0));
        return ((IPEndPoint)probe.LocalEndPoint!).Port;
    }
}
