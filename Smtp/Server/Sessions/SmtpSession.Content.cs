namespace Slimta.Smtp.Server;

/// <summary>DATA and BDAT; <see cref="ContentReceiver"/> reads what follows them.</summary>
internal sealed partial class SmtpSession
{
    /// <summary>Of a message that comes in chunks.</summary>
    private ContentReceiver? _chunks;

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
