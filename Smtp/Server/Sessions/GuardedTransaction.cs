using Microsoft.Extensions.Logging;

namespace Slimta.Smtp.Server;

/// <summary>
/// A handler's transaction whose failures are the server's: they become 451, and are not taken for those of the connection.
/// A handler of ours may end the session on purpose, as the mailbox does.
/// </summary>
internal sealed class GuardedTransaction(SmtpTransaction inner, ILogger log) : SmtpTransaction
{
    public override async ValueTask<SmtpReply> MailAsync(CancellationToken cancellationToken)
    {
        try
        {
            return await inner.MailAsync(cancellationToken);
        }
        catch (Exception e) when (IsOurs(e, cancellationToken))
        {
            return Failed(e);
        }
    }

    public override async ValueTask<SmtpReply> RecipientAsync(RcptCommand recipient, CancellationToken cancellationToken)
    {
        try
        {
            return await inner.RecipientAsync(recipient, cancellationToken);
        }
        catch (Exception e) when (IsOurs(e, cancellationToken))
        {
            return Failed(e);
        }
    }

    public override async ValueTask<SmtpReply?> BeginContentAsync(CancellationToken cancellationToken)
    {
        try
        {
            return await inner.BeginContentAsync(cancellationToken);
        }
        catch (Exception e) when (IsOurs(e, cancellationToken))
        {
            return Failed(e);
        }
    }

    public override async ValueTask<SmtpReply?> WriteAsync(ReadOnlyMemory<byte> bytes, CancellationToken cancellationToken)
    {
        try
        {
            return await inner.WriteAsync(bytes, cancellationToken);
        }
        catch (Exception e) when (IsOurs(e, cancellationToken))
        {
            return Failed(e);
        }
    }

    public override async ValueTask<SmtpReply> CompleteAsync(CancellationToken cancellationToken)
    {
        try
        {
            return await inner.CompleteAsync(cancellationToken);
        }
        catch (Exception e) when (IsOurs(e, cancellationToken))
        {
            return Failed(e);
        }
    }

    public override void Refuse(SmtpReply reply) => inner.Refuse(reply);

    public override async ValueTask DisposeAsync()
    {
        try
        {
            await inner.DisposeAsync();
        }
        catch (Exception e) when (e is not SessionEndedException)
        {
            Failed(e);
        }
        await base.DisposeAsync();
    }

    /// <summary>True for a failure of the handler: not for one that ends the session on purpose, nor for one caused by its being cut off.</summary>
    private static bool IsOurs(Exception error, CancellationToken aborted) =>
        error is not SessionEndedException && !(error is OperationCanceledException && aborted.IsCancellationRequested);

    private SmtpReply Failed(Exception error)
    {
        ServerLog.HandlerFailed(log, error);
        return Replies.InternalError;
    }
}
