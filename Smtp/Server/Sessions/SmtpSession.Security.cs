using System.Text;

namespace Slimta.Smtp.Server;

/// <summary>STARTTLS (RFC 3207) and AUTH (RFC 4954).</summary>
internal sealed partial class SmtpSession
{
    /// <summary>RFC 4954 §4: octets that a line of base64 may have.</summary>
    private const int MaxAuthLine = 12288;

    private static readonly SmtpReply AskUser = new(334, null, "VXNlcm5hbWU6");
    private static readonly SmtpReply AskPassword = new(334, null, "UGFzc3dvcmQ6");
    private static readonly SmtpReply AskPlain = new(334, null, "");

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
        var space = argument.IndexOf(' ');
        var mechanism = (space < 0 ? argument : argument[..space]).ToUpperInvariant();
        var initial = space < 0 ? null : argument[(space + 1)..].Trim(' ');
        if (mechanism is not ("PLAIN" or "LOGIN"))
            return Refuse(Replies.BadMechanism);
        var (credentials, refusal) = mechanism == "PLAIN" ? await PlainAsync(initial) : await LoginAsync(initial);
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

    /// <summary>RFC 4616: an identity to act as, the user, the password, with NULs between.</summary>
    private async ValueTask<((string User, string Password)?, SmtpReply?)> PlainAsync(string? initial)
    {
        var (message, refusal) = await AskAsync(AskPlain, initial);
        if (message is null)
            return (null, refusal);
        var parts = message.Split('\0');
        // No user may act as another here.
        if (parts.Length != 3 || parts[1].Length == 0 || (parts[0].Length > 0 && parts[0] != parts[1]))
            return (null, Replies.BadBase64);
        return ((parts[1], parts[2]), null);
    }

    private async ValueTask<((string User, string Password)?, SmtpReply?)> LoginAsync(string? initial)
    {
        var (user, refusal) = await AskAsync(AskUser, initial);
        if (user is null)
            return (null, refusal);
        (var password, refusal) = await AskAsync(AskPassword, null);
        return password is null ? (null, refusal) : ((user, password), null);
    }

    /// <summary>One challenge and its response; a client may send the first response with the command, "=" if it is empty.</summary>
    private async ValueTask<(string?, SmtpReply?)> AskAsync(SmtpReply challenge, string? response)
    {
        if (string.IsNullOrEmpty(response))
        {
            _wire.Write(challenge);
            response = await ReadLineAsync(MaxAuthLine, SmtpCommandLine.Text);
        }
        if (response == "*")
            return (null, Replies.Cancelled);
        var octets = new byte[response?.Length ?? 0];
        if (response is null || (response != "=" && !Convert.TryFromBase64String(response, octets, out _)))
            return (null, Replies.BadBase64);
        var length = response == "=" ? 0 : Convert.FromBase64String(response).Length;
        try
        {
            return (new UTF8Encoding(false, true).GetString(octets.AsSpan(0, length)), null);
        }
        catch (DecoderFallbackException)
        {
            return (null, Replies.BadBase64);
        }
    }
}
