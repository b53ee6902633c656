namespace Slimta.Smtp.Client;

/// <summary>
/// One transaction (RFC 5321 §3.3): the envelope in one write where PIPELINING allows, the content, and the server's reply for each recipient.
/// Outcomes are values; an exception comes from the content, and then the server has not got it, or is a bug.
/// </summary>
internal sealed partial class SmtpConnection
{
    /// <exception cref="LongLineException">The content has a line that is too long, and the server has not got it.</exception>
    public async Task<RecipientReply[]> SendAsync(OutgoingMail transaction, CancellationToken cancellationToken)
    {
        using var stop = AbortOn(cancellationToken);
        Transactions++;
        var progress = new TransactionProgress(transaction.Recipients.Count);
        try
        {
            await ResetAsync();
            await SendEnvelopeAsync(transaction, progress);
            if (progress.Accepted > 0)
                await SendContentAsync(transaction, progress);
            else
                await EndWithoutContentAsync(progress);
        }
        catch (SmtpSessionException e)
        {
            _broken = true;
            progress.Break(e);
        }
        catch (BareLineEndException e)
        {
            _broken = true;
            progress.Refuse(e.Message + " DATA cannot carry it, and the server does not offer BINARYMIME.");
        }
        catch (OperationCanceledException e) when (_cancelled)
        {
            // Canceled while the content was read from the queue.
            _broken = true;
            progress.Break(new SmtpSessionException(SmtpStage.Content, "The relay gave up (content).", inner: e) { Cancelled = true });
        }
        catch
        {
            _broken = true;
            throw;
        }
        return progress.Replies;
    }

    private async ValueTask ResetAsync()
    {
        if (!_needsReset)
            return;
        Write("RSET\r\n");
        var reply = await RoundTripAsync(SmtpStage.Reset, _settings.Timeouts.Command);
        if (!reply.IsPositive)
            throw Refused(SmtpStage.Reset, reply);
        _needsReset = false;
    }

    private async ValueTask SendEnvelopeAsync(OutgoingMail transaction, TransactionProgress progress)
    {
        var timeouts = _settings.Timeouts;
        var pipelined = Capabilities.Pipelining;
        _needsReset = true;
        EnvelopeCommands.Mail(_output, transaction, Capabilities);
        if (!pipelined)
            progress.OnMail(await RoundTripAsync(SmtpStage.Mail, timeouts.Command));
        for (var i = 0; i < progress.Count && (pipelined || progress.MailAccepted); i++)
        {
            EnvelopeCommands.Recipient(_output, transaction.Recipients[i], Capabilities, transaction.Utf8);
            if (!pipelined)
                progress.OnRecipient(i, await RoundTripAsync(SmtpStage.Recipient, timeouts.Recipient));
        }
        if (pipelined)
            await ReadEnvelopeAsync(transaction, progress);
        else if (progress.Accepted > 0 && transaction.Body != BodyKind.Binary)
        {
            Write("DATA\r\n");
            progress.OnData(await RoundTripAsync(SmtpStage.Data, timeouts.Data));
        }
    }

    /// <summary>MAIL, every RCPT and DATA leave in one write; their replies come in order (RFC 2920 §3.1).</summary>
    private async ValueTask ReadEnvelopeAsync(OutgoingMail transaction, TransactionProgress progress)
    {
        var timeouts = _settings.Timeouts;
        var withData = transaction.Body != BodyKind.Binary;
        if (withData)
            Write("DATA\r\n");
        await FlushAsync(SmtpStage.Mail, timeouts.Command);
        progress.OnMail(await ReplyAsync(SmtpStage.Mail, timeouts.Command));
        for (var i = 0; i < progress.Count; i++)
            progress.OnRecipient(i, await ReplyAsync(SmtpStage.Recipient, timeouts.Recipient));
        if (withData)
            progress.OnData(await ReplyAsync(SmtpStage.Data, timeouts.Data));
    }

    private async ValueTask SendContentAsync(OutgoingMail transaction, TransactionProgress progress)
    {
        try
        {
            await WriteContentAsync(transaction, progress);
        }
        catch (SmtpSessionException e) when (e.InnerException is IOException)
        {
            await HearWhyAsync(progress, e);
            return;
        }
        var timeout = _settings.Timeouts.Final;
        if (Target.Security.Lmtp)
        {
            while (progress.NextUnanswered() is var i and >= 0)
                progress.OnFinal(i, await ReplyAsync(SmtpStage.Final, timeout));
        }
        else
        {
            progress.OnFinal(await ReplyAsync(SmtpStage.Final, timeout));
        }
        _broken |= progress.IsConfused;
        _needsReset = false;
    }

    private async ValueTask WriteContentAsync(OutgoingMail transaction, TransactionProgress progress)
    {
        var content = transaction.Content;
        var binary = transaction.Body == BodyKind.Binary;
        var stuffer = new DotStuffer(transaction.LimitLines ? ContentTraits.MaxLine : int.MaxValue);
        if (binary)
            Write($"BDAT {content.Length} LAST\r\n");
        if (content.TryGetMemory(out var whole))
            await WritePieceAsync(whole);
        else
        {
            await foreach (var piece in content.ReadAsync(_abort.Token))
                await WritePieceAsync(piece);
        }
        // Content that is not flushed yet is lost with the connection, and without the end the server has no message (RFC 5321 §4.1.1.4).
        if (!transaction.CanCommit())
            throw new SmtpSessionException(SmtpStage.Content, "The lease was over before the end of the content.") { Cancelled = true };
        if (!binary)
            stuffer.End(_output);
        progress.AllSent = true;
        await FlushAsync(SmtpStage.Final, _settings.Timeouts.Content);

        async ValueTask WritePieceAsync(ReadOnlyMemory<byte> piece)
        {
            for (var at = 0; at < piece.Length; at += WriteBytes)
            {
                // The remaining bytes are flushed together with the next piece or the end, so a small message is one write.
                if (_output.UnflushedBytes >= WriteBytes)
                    await FlushAsync(SmtpStage.Content, _settings.Timeouts.Content);
                var part = piece.Span.Slice(at, Math.Min(WriteBytes, piece.Length - at));
                if (binary)
                    System.Buffers.BuffersExtensions.Write(_output, part);
                else
                    stuffer.Write(part, _output);
            }
        }
    }

    /// <summary>A server that closes in the middle of the content may have said why.</summary>
    private async ValueTask HearWhyAsync(TransactionProgress progress, SmtpSessionException broken)
    {
        SmtpReply reply;
        try
        {
            reply = await ReplyAsync(SmtpStage.Content, _settings.Timeouts.Quit);
        }
        catch (SmtpSessionException)
        {
            throw broken;
        }
        _broken = true;
        if (!reply.IsTransient && !reply.IsPermanent)
            throw broken;
        progress.OnFinal(reply);
    }

    /// <summary>
    /// DATA went out before it was known that no recipient was accepted: a lone dot ends the content that the server waits for (RFC 2920 §3.1).
    /// </summary>
    private async ValueTask EndWithoutContentAsync(TransactionProgress progress)
    {
        if (!progress.DataAccepted)
            return;
        // An LMTP server with no recipients would not answer the dot at all (RFC 2033 §4.2).
        if (_broken |= Target.Security.Lmtp)
            return;
        Write(".\r\n");
        await RoundTripAsync(SmtpStage.Data, _settings.Timeouts.Data);
    }
}
