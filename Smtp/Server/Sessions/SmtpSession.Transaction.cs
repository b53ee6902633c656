namespace Slimta.Smtp.Server;

/// <summary>MAIL, RCPT, DATA (RFC 5321 §3.3) and BDAT (RFC 3030); <see cref="ContentReceiver"/> reads what follows the last two.</summary>
internal sealed partial class SmtpSession
{
    private bool _utf8;
    private int _recipients;

    /// <summary>Of a message that comes in chunks.</summary>
    private ContentReceiver? _chunks;

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

    private async ValueTask<bool> DataAsync(string argument)
    {
        if (argument.Length > 0)
            return Refuse(Replies.NoArgument);
        var content = Receiver(dots: true);
        await content.BeginAsync();
        if (content.Refusal is { } refusal)
        {
            await EndTransactionAsync();
            _state = SmtpPhase.Ready;
            return Answer(refusal);
        }
        _wire.Write(Replies.StartMail);
        await content.ReadToDotAsync();
        await FinishContentAsync(content);
        return true;
    }

    private async ValueTask BdatAsync(string? argument, SmtpStateTable.Cell cell)
    {
        if (!TryParseBdat(argument, out var size, out var last))
            throw Refused(SmtpSessionEndReason.BadChunk, Replies.BadChunk);
        if (cell.Refusal is { } outOfOrder)
        {
            await ContentReceiver.DropChunkAsync(_wire, _options, size, outOfOrder);
            Refuse(outOfOrder);
            return;
        }
        if (_state == SmtpPhase.Recipients)
        {
            _chunks = Receiver(dots: false);
            await _chunks.BeginAsync();
        }
        await _chunks!.ReadChunkAsync(size, last);
        if (last || _chunks.Refusal is not null)
        {
            await FinishContentAsync(_chunks);
            return;
        }
        _wire.Write(Replies.Chunk);
        _state = SmtpPhase.Chunks;
    }

    private ContentReceiver Receiver(bool dots) => new(_wire, _options, _transaction!, Bare, dots, _aborted.Token);

    private async ValueTask FinishContentAsync(ContentReceiver content)
    {
        var reply = await content.CompleteAsync();
        await EndTransactionAsync();
        _state = SmtpPhase.Ready;
        if (!Answer(reply))
            return;
        _accepted++;
        _commandsSinceMessage = 0;
    }

    private static bool TryParseBdat(string? argument, out long size, out bool last)
    {
        size = 0;
        last = false;
        if (argument is null)
            return false;
        var space = argument.IndexOf(' ');
        var digits = space < 0 ? argument : argument[..space];
        last = space >= 0 && argument.AsSpan(space).Trim(' ').Equals("LAST", StringComparison.OrdinalIgnoreCase);
        return digits.Length is > 0 and <= 18 && !digits.AsSpan().ContainsAnyExceptInRange('0', '9')
            && long.TryParse(digits, out size) && (space < 0 || last);
    }
}
