namespace Slimta.Smtp.Server;

/// <summary>MAIL and RCPT (RFC 5321 §3.3).</summary>
internal sealed partial class SmtpSession
{
    private bool _utf8;
    private int _recipients;

    private async ValueTask<bool> MailAsync(string argument)
    {
        if (!IsTrusted && !IsHelloAllowed(Info.HeloName))
            return Refuse(Replies.BadHelo);
        if (PathCommandParser.TryParseMail(argument, _options.Limits.MaxMessageBytes, Trust, out var mail) is { } refusal)
            return Refuse(refusal);
        _transaction = new GuardedTransaction(_handler.Begin(Info, mail!), _log);
        _utf8 = mail!.SmtpUtf8;
        _recipients = 0;
        var reply = await _transaction.MailAsync(CancellationToken.None);
        if (Answer(reply))
            return true;
        await EndTransactionAsync();
        return false;
    }

    private async ValueTask<bool> RcptAsync(string argument)
    {
        if (PathCommandParser.TryParseRcpt(argument, _utf8, Trust, out var recipient) is { } refusal)
            return Refuse(refusal);
        if (_recipients >= _options.Limits.MaxRecipients)
            return Refuse(Replies.TooManyRecipients);
        if (!Answer(await _transaction!.RecipientAsync(recipient!, CancellationToken.None)))
            return false;
        _recipients++;
        return true;
    }
}
