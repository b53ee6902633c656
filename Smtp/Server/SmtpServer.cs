using System.Collections.Concurrent;
using System.Net;
using System.Net.Sockets;
using Microsoft.AspNetCore.Server.Kestrel.Transport.Sockets;
using Microsoft.Extensions.Logging;

namespace Slimta.Smtp.Server;

/// <summary>
/// Listens, accepts, counts, and stops. It does not use a Kestrel server: an endpoint that code adds to Kestrel makes it ignore
/// ASPNETCORE_URLS, through which hosts assign the HTTP port.
/// </summary>
public sealed class SmtpServer : IAsyncDisposable
{
    /// <summary>As many as Kestrel lets wait to be accepted.</summary>
    private const int Backlog = 512;

    private readonly SmtpServerOptions _options;
    private readonly SmtpHandler _handler;
    private readonly TimeProvider _time;
    private readonly ILogger _log;
    private readonly ConnectionTable _connections;
    private readonly ConcurrentDictionary<SmtpSession, TaskCompletionSource> _sessions = new();
    private readonly List<Socket> _listeners = [];
    private readonly List<IPEndPoint> _endpoints = [];
    private readonly List<Task> _accepting = [];
    private volatile bool _stopping;

    public SmtpServer(SmtpServerOptions options, SmtpHandler handler, ILoggerFactory loggers, TimeProvider? time = null)
    {
        _options = options;
        _handler = handler;
        _time = time ?? TimeProvider.System;
        _log = loggers.CreateLogger<SmtpServer>();
        _connections = new(options);
    }

    /// <summary>Where it listens, in the order of <see cref="SmtpServerOptions.Endpoints"/>, with the ports that were given for 0.</summary>
    public IReadOnlyList<IPEndPoint> Endpoints => _endpoints;

    /// <summary>Connections that are open.</summary>
    public int Connections => _connections.Total;

    public Task StartAsync(CancellationToken cancellationToken = default)
    {
        cancellationToken.ThrowIfCancellationRequested();
        foreach (var endpoint in _options.Endpoints)
        {
            var listener = SocketTransportOptions.CreateDefaultBoundListenSocket(endpoint.Address);
            listener.Listen(Backlog);
            var bound = (IPEndPoint)listener.LocalEndPoint!;
            _listeners.Add(listener);
            _endpoints.Add(bound);
            _accepting.Add(AcceptAsync(listener, bound, endpoint.ImplicitTls));
            ServerLog.Listening(_log, bound, endpoint.ImplicitTls);
        }
        return Task.CompletedTask;
    }

    /// <summary>
    /// Accepts no more, says 421 to those without a transaction, and gives the others <see cref="SmtpTimeouts.Stop"/> to end theirs.
    /// </summary>
    public async Task StopAsync(CancellationToken cancellationToken = default)
    {
        _stopping = true;
        foreach (var listener in _listeners)
            listener.Dispose();
        await Task.WhenAll(_accepting);
        foreach (var session in _sessions.Keys)
            session.Stop();
        using var deadline = new CancellationTokenSource(_options.Timeouts.Stop, _time);
        using var either = CancellationTokenSource.CreateLinkedTokenSource(deadline.Token, cancellationToken);
        var ended = Task.WhenAll(_sessions.Values.Select(session => session.Task));
        await ended.WaitAsync(either.Token).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        if (ended.IsCompleted)
            return;
        ServerLog.CutOff(_log, _sessions.Count, _options.Timeouts.Stop);
        foreach (var session in _sessions.Keys)
            session.Abort();
        await ended.WaitAsync(cancellationToken).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
    }

    public async ValueTask DisposeAsync()
    {
        if (!_stopping)
            await StopAsync(new CancellationToken(canceled: false));
    }

    private async Task AcceptAsync(Socket listener, IPEndPoint endpoint, bool implicitTls)
    {
        while (!_stopping)
        {
            try
            {
                var connection = new SocketConnection(await listener.AcceptAsync());
                var session = new SmtpSession(connection, _options, _handler, _log, _time);
                // Registered before it runs, so that it cannot end before it is known. It runs on here until it waits for its client,
                // which spares a switch of threads; but a TLS handshake would keep others waiting.
                _sessions[session] = new(TaskCreationOptions.RunContinuationsAsynchronously);
                _ = implicitTls ? Task.Run(() => RunAsync(session, implicitTls)) : RunAsync(session, implicitTls);
            }
            catch (Exception e) when (e is SocketException or ObjectDisposedException && _stopping)
            {
                return;
            }
            catch (Exception e)
            {
                // Out of file descriptors, or a client that was gone before it was accepted.
                ServerLog.AcceptFailed(_log, endpoint, e);
                await Task.Delay(TimeSpan.FromMilliseconds(100), _time);
            }
        }
    }

    private async Task RunAsync(SmtpSession session, bool implicitTls)
    {
        UInt128? key = null;
        var fits = _connections.TryEnter();
        try
        {
            await session.RunAsync(implicitTls, info => Admit(info, fits, ref key));
        }
        finally
        {
            if (key is { } counted)
                _connections.Leave(counted);
            _connections.Leave();
            if (_sessions.TryRemove(session, out var ended))
                ended.SetResult();
        }
    }

    private SmtpReply? Admit(SmtpSessionInfo info, bool fits, ref UInt128? key)
    {
        if (!fits)
        {
            ServerLog.Full(_log, _options.Limits.MaxConnections);
            return Replies.Busy;
        }
        // Those whose address a proxy does not know share one.
        return _connections.TryEnter(info.Client?.Address ?? IPAddress.Any, out key) ? null : Replies.BusyAddress;
    }
}
