using System.Net;
using Microsoft.AspNetCore.Connections;
using Microsoft.Extensions.Logging;

namespace Slimta.Smtp.Server;

/// <summary>One client's session, from connect to close.</summary>
internal sealed partial class SmtpSession : IAsyncDisposable
{
    private readonly SmtpServerOptions _options;
    private readonly SmtpHandler _handler;
    private readonly ILogger _log;
    private readonly TimeProvider _time;
    private readonly SmtpWire _wire;
    private readonly CommandReader _lines;
    private readonly CancellationTokenSource _aborted = new();
    private readonly long _started;
    private SmtpPhase _state;
    private ClientTrust? _trust;
    private SmtpTransaction? _transaction;
    private volatile bool _stopping;
    private bool _greeted;
    private int _commands, _commandsSinceMessage, _errors, _accepted, _refused;

    public SmtpSession(ConnectionContext connection, SmtpServerOptions options, SmtpHandler handler, ILogger log, TimeProvider time)
    {
        _options = options;
        _handler = handler;
        _log = log;
        _time = time;
        _started = time.GetTimestamp();
        _wire = new(connection, options.Timeouts, time);
        _lines = new(_wire);
        Info = new(connection.RemoteEndPoint as IPEndPoint, connection.LocalEndPoint as IPEndPoint);
    }

    public SmtpSessionInfo Info { get; }

    private ClientTrust Trust => _trust ??= _handler.TrustOf(Info);

    private bool IsTrusted => Trust == ClientTrust.Trusted;

    private BareLineFeed Bare => IsTrusted ? _options.BareLineFeed : BareLineFeed.Reject;

    /// <summary>Says 421 as soon as no transaction is in flight.</summary>
    public void Stop()
    {
        _stopping = true;
        _wire.Interrupt();
    }

    /// <summary>Ends it in the middle of what it does, the handler's work included.</summary>
    public void Abort()
    {
        _aborted.Cancel();
        _wire.Abort();
    }

    public ValueTask DisposeAsync() => _wire.DisposeAsync();

    /// <param name="admit">Counts the client in, once its address is known; a reply refuses it.</param>
    public async Task RunAsync(bool implicitTls, Func<SmtpSessionInfo, SmtpReply?> admit)
    {
        var reason = SmtpSessionEndReason.Error;
        try
        {
            reason = await ServeAsync(implicitTls, admit);
        }
        catch (SessionEndedException e)
        {
            reason = e.Reason;
            if (e.RefusesMessage)
                _refused++;
            await SayLastAsync(e.Farewell);
        }
        catch (System.Security.Authentication.AuthenticationException)
        {
            reason = SmtpSessionEndReason.TlsFailed;
        }
        catch (Exception e) when (IsConnectionFailure(e))
        {
            reason = SmtpSessionEndReason.Disconnected;
        }
        catch (Exception e)
        {
            ServerLog.SessionFailed(_log, e);
            await SayLastAsync(Replies.InternalError with { Code = 421 });
        }
        finally
        {
            await CloseAsync(reason);
        }
    }

    private async Task<SmtpSessionEndReason> ServeAsync(bool implicitTls, Func<SmtpSessionInfo, SmtpReply?> admit)
    {
        if (_options.Proxies.Count > 0 && Info.Client is { } peer && _options.Proxies.Any(network => Contains(network, peer.Address)))
            await ReadProxyHeaderAsync();
        if (admit(Info) is { } refusal)
            throw Refused(SmtpSessionEndReason.TooManyConnections, refusal);
        if (implicitTls)
            await StartTlsAsync();
        await GreetAsync();
        while (_state != SmtpPhase.Closed)
            await RunCommandAsync();
        await _wire.FlushAsync();
        return SmtpSessionEndReason.Quit;
    }

    private async Task GreetAsync()
    {
        if (_options.Timeouts.Greeting > TimeSpan.Zero)
        {
            using var wait = new CancellationTokenSource(_options.Timeouts.Greeting, _time);
            await using (wait.Token.UnsafeRegister(static wire => ((SmtpWire)wire!).Interrupt(), _wire))
            {
                var read = await _wire.ReadAsync(long.MaxValue);
                _wire.AdvanceTo(read.Buffer.Start);
                if (read.IsCompleted)
                    throw new SessionEndedException(SmtpSessionEndReason.Disconnected);
            }
            // Only where the banner is held back: otherwise chance decides whether the bytes or the banner come first.
            if (_wire.HasUnread())
                throw Refused(SmtpSessionEndReason.SpokeTooEarly, Replies.TooEarly);
        }
        _greeted = true;
        if (await _handler.ConnectAsync(Info, _aborted.Token) is { } refusal)
            throw Refused(SmtpSessionEndReason.Refused, refusal);
        _wire.Write(new(220, null, $"{_options.Hostname} ESMTP"));
    }

    private async Task ReadProxyHeaderAsync()
    {
        var deadline = _wire.DeadlineAfter(_options.Timeouts.ProxyHeader);
        while (true)
        {
            var read = await ReadSilentlyAsync(deadline);
            var buffer = read.Buffer;
            var found = ProxyHeader.TryRead(ref buffer, out var header);
            _wire.AdvanceTo(buffer.Start, found == true ? buffer.Start : buffer.End);
            if (found == true)
            {
                // Without an address the client is a stranger: the proxy's own address vouches for none of its clients.
                Info.Client = header.Client;
                Info.Local = header.Local ?? Info.Local;
                return;
            }
            if (found == false || read.IsCompleted)
                throw new SessionEndedException(SmtpSessionEndReason.BadProxyHeader);
        }
    }

    /// <summary>The session says nothing to a client before the proxy has sent its address.</summary>
    private async ValueTask<System.IO.Pipelines.ReadResult> ReadSilentlyAsync(long deadline)
    {
        try
        {
            return await _wire.ReadAsync(deadline);
        }
        catch (SessionEndedException e)
        {
            throw new SessionEndedException(e.Reason);
        }
    }

    private async Task SayLastAsync(SmtpReply? farewell)
    {
        if (farewell is null)
            return;
        try
        {
            _wire.Write(farewell);
            await _wire.FlushAsync();
        }
        catch (Exception e) when (e is SessionEndedException || IsConnectionFailure(e))
        {
            // It is gone: no reply can reach it.
        }
    }

    private async Task CloseAsync(SmtpSessionEndReason reason)
    {
        try
        {
            await EndTransactionAsync();
            await DisposeAsync();
        }
        catch (Exception e) when (IsConnectionFailure(e))
        {
            // Closing what is broken.
        }
        _handler.OnEnded(Info, new(reason, _greeted, _commands, _errors, _accepted, _refused, _time.GetElapsedTime(_started)));
    }

    /// <summary>Tells the handler, and makes the exception that ends the session with <paramref name="reply"/>.</summary>
    private SessionEndedException Refused(SmtpSessionEndReason reason, SmtpReply reply)
    {
        _refused++;
        _handler.OnRefused(Info, reply);
        return new(reason, reply);
    }

    private async ValueTask EndTransactionAsync()
    {
        if (_transaction is not { } transaction)
            return;
        _transaction = null;
        _chunks = null;
        await transaction.DisposeAsync();
    }

    private static bool Contains(IPNetwork network, IPAddress address) =>
        network.Contains(address.IsIPv4MappedToIPv6 ? address.MapToIPv4() : address);

    /// <summary>The socket broke, or the connection was aborted under us.</summary>
    private static bool IsConnectionFailure(Exception e) =>
        e is IOException or ConnectionAbortedException or ObjectDisposedException or OperationCanceledException;
}
