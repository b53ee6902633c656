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
        if (AsksForReports(mail!.Parameters))
            return Refuse(Replies.UnknownParameter);
        _transaction = new GuardedTransaction(_handler.Begin(Info, mail), _log);
        _utf8 = mail.SmtpUtf8;
        _recipients = 0;
        var reply = await _transaction.MailAsync(_aborted.Token);
        if (Answer(reply))
            return true;
        await EndTransactionAsync();
        return false;
    }

    private async ValueTask<bool> RcptAsync(string argument)
    {
        if (PathCommandParser.TryParseRcpt(argument, _utf8, Trust, out var recipient) is { } refusal)
            return Refuse(refusal);
        if (AsksForReports(recipient!.Parameters))
            return Refuse(Replies.UnknownParameter);
        if (_recipients >= _options.Limits.MaxRecipients)
            return Refuse(Replies.TooManyRecipients);
        if (!Answer(await _transaction!.RecipientAsync(recipient, _aborted.Token)))
            return false;
        _recipients++;
        return true;
    }

    /// <summary>
    /// A client to which DSN was not announced may not use it (RFC 5321 §4.1.1.11): with a forged sender, each report would go to a victim.
    /// </summary>
    private bool AsksForReports(IReadOnlyDictionary<string, string> parameters) =>
        parameters.Count > 0 && !_handler.OffersReports(Info)
        && (parameters.ContainsKey("RET") || parameters.ContainsKey("ENVID") || parameters.ContainsKey("NOTIFY") || parameters.ContainsKey("ORCPT"));
}
