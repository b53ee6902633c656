using System.IO.Pipelines;

namespace Slimta.Smtp.Server;

/// <summary>
/// DATA (RFC 5321 §4.1.1.4) and BDAT (RFC 3030 §2). Content goes to the transaction as it comes; once it is refused, the rest is
/// read and dropped, so that not a byte of it can be taken for a command.
/// </summary>
internal sealed partial class SmtpSession
{
    /// <summary>Of a message that is refused, this much more than allowed is read to its end; beyond that the session is closed.</summary>
    private const long MinDiscard = 1024 * 1024;

    private SmtpReply? _contentRefusal;
    private long _contentLength;
    private long _contentDeadline;
    private ContentDecoder _chunks;

    private async ValueTask<bool> DataAsync(string argument)
    {
        if (argument.Length > 0)
            return Refuse(Replies.NoArgument);
        if (await BeginContentAsync() is { } refusal)
        {
            await EndTransactionAsync();
            _state = SmtpPhase.Ready;
            return Answer(refusal);
        }
        _wire.Write(Replies.StartMail);
        var decoder = new ContentDecoder(_options.Limits.MaxLineBytes, Bare, dots: true);
        while (!decoder.IsComplete)
        {
            var read = await ReadContentAsync();
            var buffer = read.Buffer;
            while (decoder.TryRead(ref buffer, out var piece))
                await TakeAsync(piece);
            _wire.AdvanceTo(buffer.Start);
            if (decoder.Fault == ContentFault.BareLineEnd)
                throw RefuseContent(SmtpSessionEndReason.BareLineEnd, Replies.BareLineEnd);
            if (decoder.Fault == ContentFault.LineTooLong)
                _contentRefusal ??= RefusedContent(Replies.ContentLineTooLong);
            if (read.IsCompleted && !decoder.IsComplete)
                throw new SessionEndedException(SmtpSessionEndReason.Disconnected);
        }
        await FinishContentAsync();
        return true;
    }

    private async ValueTask BdatAsync(string? argument, SmtpStateTable.Cell cell)
    {
        if (!TryParseBdat(argument, out var size, out var last))
            throw Refused(SmtpSessionEndReason.BadChunk, Replies.BadChunk);
        if (cell.Refusal is { } outOfOrder)
        {
            // The chunk comes all the same, and must not be read as commands.
            _contentRefusal = outOfOrder;
            _contentLength = 0;
            _contentDeadline = _wire.DeadlineAfter(_options.Timeouts.DataTotal);
            await ReadChunkAsync(size);
            Refuse(outOfOrder);
            return;
        }
        if (_state == SmtpPhase.Recipients)
        {
            _chunks = new(_options.Limits.MaxLineBytes, Bare, dots: false);
            _contentRefusal = await BeginContentAsync();
        }
        await ReadChunkAsync(size);
        if (last && _contentRefusal is null)
            await TakeAsync(_chunks.Finish());
        NoteChunkFault();
        if (last || _contentRefusal is not null)
        {
            await FinishContentAsync();
            _state = SmtpPhase.Ready;
            return;
        }
        _wire.Write(Replies.Chunk);
        _state = SmtpPhase.Chunks;
    }

    private async ValueTask ReadChunkAsync(long left)
    {
        while (left > 0)
        {
            var read = await ReadContentAsync();
            var chunk = read.Buffer.Slice(0, Math.Min(left, read.Buffer.Length));
            foreach (var piece in chunk)
            {
                var rest = piece;
                while (_contentRefusal is null && _chunks.TryRead(ref rest, out var part))
                    await TakeAsync(part);
                NoteChunkFault();
                if (_contentRefusal is not null)
                    await TakeAsync(rest);
            }
            left -= chunk.Length;
            _wire.AdvanceTo(chunk.End);
            if (read.IsCompleted && left > 0)
                throw new SessionEndedException(SmtpSessionEndReason.Disconnected);
        }
    }

    private void NoteChunkFault()
    {
        if (_chunks.Fault == ContentFault.None || _transaction is null)
            return;
        _contentRefusal ??= RefusedContent(_chunks.Fault == ContentFault.LineTooLong
            ? Replies.ContentLineTooLong
            : Replies.BareLineEndInChunk);
    }

    private async ValueTask<SmtpReply?> BeginContentAsync()
    {
        _contentRefusal = null;
        _contentLength = 0;
        _contentDeadline = _wire.DeadlineAfter(_options.Timeouts.DataTotal);
        return await _transaction!.BeginContentAsync(_aborted.Token);
    }

    private ValueTask<ReadResult> ReadContentAsync() =>
        _wire.ReadAsync(Math.Min(_contentDeadline, _wire.DeadlineAfter(_options.Timeouts.DataIdle)));

    private async ValueTask TakeAsync(ReadOnlyMemory<byte> piece)
    {
        if (piece.IsEmpty)
            return;
        _contentLength += piece.Length;
        if (_contentRefusal is null && _contentLength > _options.Limits.MaxMessageBytes)
            _contentRefusal = RefusedContent(Replies.TooLarge);
        if (_contentRefusal is not null)
        {
            if (_contentLength > _options.Limits.MaxMessageBytes + Math.Max(_options.Limits.MaxMessageBytes, MinDiscard))
                throw new SessionEndedException(SmtpSessionEndReason.ContentWithoutEnd, _contentRefusal);
            return;
        }
        _contentRefusal = await _transaction!.WriteAsync(piece, _aborted.Token);
        // It closes (RFC 5321 §3.8), and does not wait for the end: a client that withholds it would keep its connection.
        if (_contentRefusal is { Code: 421 })
        {
            _refused++;
            throw new SessionEndedException(SmtpSessionEndReason.NoRoom, _contentRefusal);
        }
    }

    private async ValueTask FinishContentAsync()
    {
        var reply = _contentRefusal ?? await _transaction!.CompleteAsync(_aborted.Token);
        await EndTransactionAsync();
        _state = SmtpPhase.Ready;
        if (!Answer(reply))
            return;
        _accepted++;
        _commandsSinceMessage = 0;
    }

    private SmtpReply RefusedContent(SmtpReply reply)
    {
        _transaction?.Refuse(reply);
        return reply;
    }

    private SessionEndedException RefuseContent(SmtpSessionEndReason reason, SmtpReply reply)
    {
        _refused++;
        return new(reason, RefusedContent(reply));
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
