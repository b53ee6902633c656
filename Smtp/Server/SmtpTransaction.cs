namespace Slimta.Smtp.Server;

/// <summary>
/// One message on its way in: MAIL, RCPT for each recipient, then the content in pieces, then the answer to its end. Calls come one
/// after another. It is disposed in any case; a message that was not completed by then never existed. The tokens are those of
/// <see cref="SmtpHandler"/>: canceled when the server cuts the session off.
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
