namespace Slimta.Smtp.Server;

/// <summary>
/// The decisions of a server about mail. One handler serves all sessions at once. The session keeps to the protocol and the limits;
/// the handler decides about everything else. The tokens are canceled when the server cuts a session off: its stop took longer than
/// <see cref="SmtpTimeouts.Stop"/>, or the wait for its stop was canceled.
/// </summary>
public abstract class SmtpHandler
{
    /// <summary>True if AUTH is offered.</summary>
    public virtual bool OffersAuthentication => false;

    /// <summary>How far the client is trusted, by its address and its login; asked again after each AUTH.</summary>
    public virtual ClientTrust TrustOf(SmtpSessionInfo session) => ClientTrust.Stranger;

    /// <summary>Looks at a client before the banner; a reply refuses it.</summary>
    public virtual ValueTask<SmtpReply?> ConnectAsync(SmtpSessionInfo session, CancellationToken cancellationToken) => default;

    /// <summary>True if the client may ask for reports (DSN, RFC 3461). Asked for each command, as a login may come between.</summary>
    public virtual bool OffersReports(SmtpSessionInfo session) => true;

    /// <summary>Checks a user's password.</summary>
    /// <returns>The identity, or null if the user is not known or the password is wrong.</returns>
    public virtual ValueTask<string?> AuthenticateAsync(
        SmtpSessionInfo session, string user, string password, CancellationToken cancellationToken) => default;

    /// <summary>Starts a transaction for a MAIL command that is well-formed; <see cref="SmtpTransaction.MailAsync"/> then decides.</summary>
    public abstract SmtpTransaction Begin(SmtpSessionInfo session, MailCommand mail);

    /// <summary>The session itself refused something: a limit, the order or form of commands, or a client that did not log in.</summary>
    public virtual void OnRefused(SmtpSessionInfo session, SmtpReply reply)
    {
    }

    /// <summary>The session is over.</summary>
    public virtual void OnEnded(SmtpSessionInfo session, SmtpSessionEnd end)
    {
    }
}
