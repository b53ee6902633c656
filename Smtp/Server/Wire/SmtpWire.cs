using System.IO.Pipelines;
using System.Net.Security;
using Microsoft.AspNetCore.Connections;
using Microsoft.AspNetCore.Connections.Features;

namespace Slimta.Smtp.Server;

/// <summary>
/// The connection as the session sees it: lines and bytes in, replies out, with deadlines. Replies collect until the session would
/// wait for its client, so that those to a pipelined group go out together (RFC 2920 §3.2).
/// </summary>
internal sealed class SmtpWire : IAsyncDisposable
{
    private readonly ConnectionContext _connection;
    private readonly SmtpTimeouts _timeouts;
    private readonly Watchdog _watchdog;
    private PipeReader _input;
    private PipeWriter _output;
    private SslStream? _tls;
    private bool _unflushed;
    private volatile bool _busy;

    public SmtpWire(ConnectionContext connection, SmtpTimeouts timeouts, TimeProvider time)
    {
        _connection = connection;
        _timeouts = timeouts;
        _input = connection.Transport.Input;
        _output = connection.Transport.Output;
        _watchdog = new(time, timeouts.Session, Expire);
    }

    public SslStream? Tls => _tls;

    public long DeadlineAfter(TimeSpan span) => _watchdog.DeadlineAfter(span);

    public void Write(SmtpReply reply)
    {
        ReplyWriter.Write(_output, reply);
        _unflushed = true;
    }

    /// <summary>The next bytes. A canceled result means that <see cref="Interrupt"/> was called.</summary>
    /// <exception cref="SessionEndedException">Nothing came before <paramref name="deadline"/>.</exception>
    public async ValueTask<ReadResult> ReadAsync(long deadline)
    {
        if (_input.TryRead(out var result))
            return result;
        await FlushAsync();
        var read = _input.ReadAsync();
        if (read.IsCompletedSuccessfully)
            return read.Result;
        _watchdog.Arm(deadline);
        result = await read;
        _watchdog.Disarm();
        if (_watchdog.HasExpired)
            throw new SessionEndedException(SmtpSessionEndReason.TimedOut, Replies.TimedOut);
        return result;
    }

    public void AdvanceTo(SequencePosition consumed, SequencePosition examined) => _input.AdvanceTo(consumed, examined);

    public void AdvanceTo(SequencePosition consumed) => _input.AdvanceTo(consumed);

    /// <summary>True if the client has sent something that was not read yet.</summary>
    public bool HasUnread()
    {
        if (!_input.TryRead(out var result))
            return _connection.Features.Get<IConnectionSocketFeature>() is { Socket.Available: > 0 };
        _input.AdvanceTo(result.Buffer.Start);
        return !result.Buffer.IsEmpty;
    }

    /// <summary>Wakes the session if it waits for its client.</summary>
    public void Interrupt() => _input.CancelPendingRead();

    public async ValueTask FlushAsync()
    {
        if (!_unflushed)
            return;
        _unflushed = false;
        var flush = _output.FlushAsync();
        if (!flush.IsCompletedSuccessfully)
        {
            // The client does not read its replies; it has as long as for a command.
            _busy = true;
            _watchdog.Arm(DeadlineAfter(_timeouts.Command));
            var result = await flush;
            _watchdog.Disarm();
            _busy = false;
            if (result.IsCompleted)
                throw new SessionEndedException(_watchdog.HasExpired ? SmtpSessionEndReason.TimedOut : SmtpSessionEndReason.Disconnected);
        }
        else if (flush.Result.IsCompleted)
            throw new SessionEndedException(SmtpSessionEndReason.Disconnected);
    }

    /// <summary>Puts TLS between the connection and the session.</summary>
    /// <exception cref="SessionEndedException">The client took too long.</exception>
    public async Task StartTlsAsync(SslServerAuthenticationOptions options)
    {
        await FlushAsync();
        var tls = new SslStream(new DuplexStream(_input, _output));
        options.CertificateChainPolicy ??= RemoteCertificate.ChainPolicy();
        // The handshake reads and writes at will; when its time is over, the connection goes.
        _busy = true;
        _watchdog.Arm(DeadlineAfter(_timeouts.Handshake));
        try
        {
            await tls.AuthenticateAsServerAsync(options);
        }
        catch (Exception) when (_watchdog.HasExpired)
        {
            throw new SessionEndedException(SmtpSessionEndReason.TimedOut);
        }
        _watchdog.Disarm();
        _busy = false;
        _tls = tls;
        _input = PipeReader.Create(tls, new StreamPipeReaderOptions(leaveOpen: true, useZeroByteReads: true));
        _output = PipeWriter.Create(tls, new StreamPipeWriterOptions(leaveOpen: true));
    }

    public void Abort() => _connection.Abort();

    public async ValueTask DisposeAsync()
    {
        _watchdog.Dispose();
        try
        {
            // Flushes what is left; that fails where the client is gone.
            await _output.CompleteAsync();
            await _input.CompleteAsync();
            if (_tls is not null)
                await _tls.DisposeAsync();
            await _connection.Transport.Output.CompleteAsync();
            await _connection.Transport.Input.CompleteAsync();
        }
        finally
        {
            await _connection.DisposeAsync();
        }
    }

    private void Expire()
    {
        if (_busy)
            _connection.Abort();
        else
            _input.CancelPendingRead();
    }
}
