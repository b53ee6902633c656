namespace Slimta.Smtp.Server;

/// <summary>STARTTLS (RFC 3207) and AUTH (RFC 4954).</summary>
internal sealed partial class SmtpSession
{
    private int _authFailures;

    private bool MayAuthenticate =>
        _handler.OffersAuthentication && Info.AuthenticatedAs is null && (Info.Tls is not null || _options.AllowPlaintextAuth);

    private async ValueTask<bool> StartTlsAsync(string argument)
    {
        if (_options.Tls is null)
            return Refuse(Replies.NotImplemented);
        if (Info.Tls is not null)
            return Refuse(Replies.AlreadyTls);
        if (argument.Length > 0)
            return Refuse(Replies.NoArgument);
        // Bytes from before the handshake came in the clear, perhaps from an attacker: they must not be taken for the client's (CVE-2011-0411).
        if (_wire.HasUnread())
            throw Refused(SmtpSessionEndReason.DataAfterStartTls, Replies.TooEarlyForTls);
        _wire.Write(Replies.StartTls);
        await StartTlsAsync();
        return true;
    }

    /// <summary>The handshake; the session then knows nothing of what was said before (RFC 3207 §4.2).</summary>
    private async Task StartTlsAsync()
    {
        await _wire.StartTlsAsync(_options.Tls!());
        Info.Tls = _wire.Tls!.SslProtocol.ToString();
        Info.Cipher = _wire.Tls.NegotiatedCipherSuite.ToString();
        Info.HeloName = null;
        Info.IsExtended = false;
    }

    private async ValueTask<bool> AuthAsync(string argument)
    {
        if (!_handler.OffersAuthentication)
            return Refuse(Replies.NotImplemented);
        if (Info.AuthenticatedAs is not null)
            return Refuse(Replies.AlreadyAuthenticated);
        if (!MayAuthenticate)
            return Refuse(Replies.TlsFirst);
        var (credentials, refusal) = await new SaslExchange(_wire, () => ReadLineAsync(SaslExchange.MaxLine, SmtpCommandLine.Text)).RunAsync(argument);
        if (credentials is not { } found)
            return Refuse(refusal!);
        return await CheckAsync(found.User, found.Password);
    }

    private async ValueTask<bool> CheckAsync(string user, string password)
    {
        var refusal = Replies.BadCredentials;
        try
        {
            if (await _handler.AuthenticateAsync(Info, user, password, _aborted.Token) is { } identity)
            {
                Info.AuthenticatedAs = identity;
                _trust = null;
                return Accept(Replies.Authenticated);
            }
            await Task.Delay(_options.Timeouts.AuthFailure, _time, _aborted.Token);
        }
        catch (LoginUnavailableException)
        {
            refusal = Replies.LoginLater;
        }
        catch (Exception e) when (e is not SessionEndedException && !_aborted.IsCancellationRequested)
        {
            ServerLog.HandlerFailed(_log, e);
            refusal = Replies.LoginLater;
        }
        if (++_authFailures >= _options.Limits.MaxAuthFailures)
        {
            _wire.Write(refusal);
            throw Refused(SmtpSessionEndReason.TooManyFailedLogins, Replies.TooManyErrors);
        }
        return Refuse(refusal);
    }
}
