namespace Slimta.Smtp.Server;

/// <summary>Commands: reads them, checks their order, and answers those that are about no message.</summary>
internal sealed partial class SmtpSession
{
    /// <summary>Octets of a domain (RFC 5321 §4.5.3.1.2).</summary>
    private const int MaxHelloLength = 255;

    private bool InTransaction => _transaction is not null;

    private async ValueTask RunCommandAsync()
    {
        var command = await ReadLineAsync<SmtpCommandLine>(_options.Limits.MaxCommandBytes, IsTrusted ? SmtpCommandLine.ParseLenient : SmtpCommandLine.Parse);
        _commands++;
        if (++_commandsSinceMessage > _options.Limits.MaxCommands)
            throw Refused(SmtpSessionEndReason.TooManyCommands, Replies.TooManyCommands);
        if (command.Verb == SmtpVerb.Foreign)
            throw Refused(SmtpSessionEndReason.NotSmtp, Replies.Foreign);
        if (command.Verb == SmtpVerb.Unknown)
        {
            Refuse(Replies.Unknown);
            return;
        }
        var cell = SmtpStateTable.Find(command.Verb, _state);
        if (command.Verb == SmtpVerb.Bdat)
            await BdatAsync(command.Argument, cell);
        else if (cell.Next is not { } next)
            Refuse(cell.Refusal!);
        else if (command.Argument is null)
            Refuse(Replies.BadArgument);
        else if (await ExecuteAsync(command.Verb, command.Argument))
            _state = next;
    }

    /// <returns>True if it succeeded, so that the state changes.</returns>
    private ValueTask<bool> ExecuteAsync(SmtpVerb verb, string argument) => verb switch
    {
        SmtpVerb.Ehlo or SmtpVerb.Helo => HeloAsync(verb, argument),
        SmtpVerb.Mail => MailAsync(argument),
        SmtpVerb.Rcpt => RcptAsync(argument),
        SmtpVerb.Data => DataAsync(argument),
        SmtpVerb.StartTls => StartTlsAsync(argument),
        SmtpVerb.Auth => AuthAsync(argument),
        SmtpVerb.Rset => ResetAsync(argument),
        SmtpVerb.Quit => new(argument.Length == 0 || IsTrusted ? Accept(Replies.Bye) : Refuse(Replies.NoArgument)),
        SmtpVerb.Vrfy => new(argument.Length > 0 ? Accept(Replies.CannotVerify) : Refuse(Replies.BadArgument)),
        SmtpVerb.Expn => new(Refuse(Replies.NotImplemented)),
        SmtpVerb.Help => new(Accept(Help)),
        _ => new(Accept(Replies.Ok)),
    };

    private static readonly SmtpReply Help =
        new(214, "2.0.0", "EHLO HELO MAIL RCPT DATA BDAT RSET NOOP VRFY HELP QUIT STARTTLS AUTH\nSee RFC 5321");

    /// <summary>The next line, made into something while its bytes are at hand.</summary>
    private async ValueTask<T> ReadLineAsync<T>(int maxLength, Func<ReadOnlySpan<byte>, T> parse)
    {
        var deadline = _wire.DeadlineAfter(_options.Timeouts.Command);
        while (true)
        {
            if (_stopping && !InTransaction)
                throw new SessionEndedException(SmtpSessionEndReason.Stopping, Replies.Stopping);
            switch (await _lines.ReadAsync(maxLength, Bare, deadline, parse))
            {
                case (LineReader.Found.Line, var line):
                    return line!;
                case (LineReader.Found.TooLong, _):
                    throw Refused(SmtpSessionEndReason.LineTooLong, Replies.LineTooLong);
                case (LineReader.Found.Bad, _):
                    throw Refused(SmtpSessionEndReason.BadLine, Replies.BadLine);
            }
        }
    }

    private async ValueTask<bool> HeloAsync(SmtpVerb verb, string name)
    {
        if (name.Length is 0 or > MaxHelloLength || !(IsTrusted || _handler.OffersAuthentication || IsHelloAllowed(name)))
            return Refuse(Replies.BadHelo);
        await EndTransactionAsync();
        Info.HeloName = name;
        Info.IsExtended = verb == SmtpVerb.Ehlo;
        return Accept(verb == SmtpVerb.Ehlo ? EhloReply() : new(250, null, _options.Hostname));
    }

    /// <summary>A client that may still log in is judged when it sends mail; then it is trusted, or remains a stranger.</summary>
    private bool IsHelloAllowed(string? name) => !_options.StrictHello || SmtpMailbox.IsDomain(name) || SmtpMailbox.IsLiteral(name);

    private SmtpReply EhloReply()
    {
        var text = $"{_options.Hostname}\nPIPELINING\nSIZE {_options.Limits.MaxMessageBytes}\n8BITMIME\nSMTPUTF8\nENHANCEDSTATUSCODES\nCHUNKING";
        if (_handler.OffersReports(Info))
            text += "\nDSN";
        if (_options.Tls is not null && Info.Tls is null)
            text += "\nSTARTTLS";
        if (MayAuthenticate)
            text += "\nAUTH PLAIN LOGIN";
        return new(250, null, text);
    }

    private async ValueTask<bool> ResetAsync(string argument)
    {
        if (argument.Length > 0)
            return Refuse(Replies.NoArgument);
        await EndTransactionAsync();
        return Accept(Replies.Ok);
    }

    private bool Accept(SmtpReply reply)
    {
        _wire.Write(reply);
        return true;
    }

    /// <summary>Refuses a command; one too many closes the session.</summary>
    private bool Refuse(SmtpReply reply)
    {
        _handler.OnRefused(Info, reply);
        return Answer(reply);
    }

    /// <summary>Passes on the handler's reply.</summary>
    private bool Answer(SmtpReply reply)
    {
        _wire.Write(reply);
        if (reply.Code < 400)
            return true;
        _refused++;
        if (reply.IsPermanent && ++_errors >= _options.Limits.MaxErrors)
            throw new SessionEndedException(SmtpSessionEndReason.TooManyErrors, Replies.TooManyErrors);
        return false;
    }
}
