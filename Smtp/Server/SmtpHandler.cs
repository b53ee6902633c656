namespace Slimta.Smtp.Server;

/// <summary>
/// What a server does with mail. One handler serves all sessions at once. The session keeps to the protocol and the limits;
/// the handler decides about everything else.
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

/// <summary>How a client is judged.</summary>
public enum ClientTrust
{
    /// <summary>Held to the RFC.</summary>
    Stranger,

    /// <summary>May relay. It is our own, and is taken as Postfix would take it: what can be understood is.</summary>
    Trusted,
}

/// <summary>
/// One message on its way in: MAIL, RCPT for each recipient, then the content in pieces, then the answer to its end. Calls come one
/// after another. It is disposed in any case; what was not completed by then never happened.
/// </summary>
public abstract class SmtpTransaction : IAsyncDisposable
{
    private static readonly SmtpReply SenderOk = new(250, "2.1.0", "Ok");
    private static readonly SmtpReply RecipientOk = new(250, "2.1.5", "Ok");

    /// <summary>Decides about the sender.</summary>
    public virtual ValueTask<SmtpReply> MailAsync(CancellationToken cancellationToken) => new(SenderOk);

    /// <summary>Decides about a recipient; a positive reply takes it.</summary>
    public virtual ValueTask<SmtpReply> RecipientAsync(RcptCommand recipient, CancellationToken cancellationToken) => new(RecipientOk);

    /// <summary>DATA or the first BDAT; a reply refuses the content before it is sent.</summary>
    public virtual ValueTask<SmtpReply?> BeginContentAsync(CancellationToken cancellationToken) => default;

    /// <summary>
    /// Takes the next bytes, which are valid until this returns. A reply refuses the message: the rest is discarded unseen, and the
    /// client gets the reply at the end; with 421 it gets it now, and the session ends.
    /// </summary>
    public abstract ValueTask<SmtpReply?> WriteAsync(ReadOnlyMemory<byte> bytes, CancellationToken cancellationToken);

    /// <summary>The content is whole. A positive reply takes responsibility for the message (RFC 5321 §4.2.5).</summary>
    public abstract ValueTask<SmtpReply> CompleteAsync(CancellationToken cancellationToken);

    /// <summary>The session refused the message on its own; nothing more comes.</summary>
    public virtual void Refuse(SmtpReply reply)
    {
    }

    public virtual ValueTask DisposeAsync()
    {
        GC.SuppressFinalize(this);
        return default;
    }
}

/// <summary>A well-formed MAIL command (RFC 5321 §4.1.1.2).</summary>
/// <param name="Sender">The reverse-path without its brackets; empty for the null path.</param>
/// <param name="Size">What SIZE declares.</param>
/// <param name="SmtpUtf8">SMTPUTF8 was given (RFC 6531).</param>
/// <param name="Parameters">All parameters, keyed by upper-case keyword.</param>
public sealed record MailCommand(string Sender, long? Size, bool SmtpUtf8, IReadOnlyDictionary<string, string> Parameters);

/// <summary>A well-formed RCPT command (RFC 5321 §4.1.1.3).</summary>
/// <param name="Mailbox">The forward-path without its brackets and its source route.</param>
/// <param name="Parameters">All parameters, keyed by upper-case keyword.</param>
public sealed record RcptCommand(SmtpMailbox Mailbox, IReadOnlyDictionary<string, string> Parameters);
