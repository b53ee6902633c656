using System.IO.Pipelines;

namespace Slimta.Smtp.Server;

/// <summary>
/// Receives the content of one message, by DATA (RFC 5321 §4.1.1.4) or BDAT (RFC 3030 §2). It goes to the transaction as it comes; once
/// it is refused, the rest is read and dropped, so that not a byte of it can be taken for a command.
/// </summary>
/// <param name="dots">Lines are dot-stuffed, and a dot alone ends the content: DATA.</param>
internal sealed class ContentReceiver(SmtpWire wire, SmtpServerOptions options, SmtpTransaction transaction, BareLineFeed bare, bool dots, CancellationToken aborted)
{
    /// <summary>A refused message is read to its end for this many bytes more than allowed; beyond that the session is closed.</summary>
    private const long MinDiscard = 1024 * 1024;

    private readonly long _deadline = wire.DeadlineAfter(options.Timeouts.DataTotal);
    private ContentDecoder _decoder = new(options.Limits.MaxLineBytes, bare, dots);
    private long _length;

    /// <summary>Why the message is not taken; null while it may be.</summary>
    public SmtpReply? Refusal { get; private set; }

    /// <summary>Reads a chunk that comes out of order: it is none of a message's, and must not be read as commands.</summary>
    public static async ValueTask DropChunkAsync(SmtpWire wire, SmtpServerOptions options, long size, SmtpReply refusal)
    {
        var deadline = wire.DeadlineAfter(options.Timeouts.DataTotal);
        var dropped = 0L;
        while (dropped < size)
        {
            var read = await ReadAsync(wire, options, deadline);
            var chunk = read.Buffer.Slice(0, Math.Min(size - dropped, read.Buffer.Length));
            dropped += chunk.Length;
            wire.AdvanceTo(chunk.End);
            if (dropped > MostDropped(options.Limits))
                throw new SessionEndedException(SmtpSessionEndReason.ContentWithoutEnd, refusal);
            if (read.IsCompleted && dropped < size)
                throw new SessionEndedException(SmtpSessionEndReason.Disconnected);
        }
    }

    /// <summary>Asks the transaction whether it wants the content; <see cref="Refusal"/> has its answer.</summary>
    public async ValueTask BeginAsync() => Refusal = await transaction.BeginContentAsync(aborted);

    /// <summary>Reads the content to the dot that ends it.</summary>
    public async ValueTask ReadToDotAsync()
    {
        while (!_decoder.IsComplete)
        {
            var read = await ReadAsync(wire, options, _deadline);
            var buffer = read.Buffer;
            while (_decoder.TryRead(ref buffer, out var piece))
                await TakeAsync(piece);
            wire.AdvanceTo(buffer.Start);
            if (_decoder.Fault == ContentFault.BareLineEnd)
                throw new SessionEndedException(SmtpSessionEndReason.BareLineEnd, Refused(Replies.BareLineEnd)) { RefusesMessage = true };
            if (_decoder.Fault == ContentFault.LineTooLong)
                Refusal ??= Refused(Replies.ContentLineTooLong);
            if (read.IsCompleted && !_decoder.IsComplete)
                throw new SessionEndedException(SmtpSessionEndReason.Disconnected);
        }
    }

    /// <summary>Reads the next chunk, of <paramref name="size"/> octets.</summary>
    public async ValueTask ReadChunkAsync(long size, bool last)
    {
        while (size > 0)
        {
            var read = await ReadAsync(wire, options, _deadline);
            var chunk = read.Buffer.Slice(0, Math.Min(size, read.Buffer.Length));
            foreach (var piece in chunk)
            {
                var rest = piece;
                while (Refusal is null && _decoder.TryRead(ref rest, out var part))
                    await TakeAsync(part);
                NoteChunkFault();
                if (Refusal is not null)
                    await TakeAsync(rest);
            }
            size -= chunk.Length;
            wire.AdvanceTo(chunk.End);
            if (read.IsCompleted && size > 0)
                throw new SessionEndedException(SmtpSessionEndReason.Disconnected);
        }
        if (last && Refusal is null)
            await TakeAsync(_decoder.Finish());
        NoteChunkFault();
    }

    /// <summary>The answer to the whole of it.</summary>
    public async ValueTask<SmtpReply> CompleteAsync() => Refusal ?? await transaction.CompleteAsync(aborted);

    private static ValueTask<ReadResult> ReadAsync(SmtpWire wire, SmtpServerOptions options, long deadline) =>
        wire.ReadAsync(Math.Min(deadline, wire.DeadlineAfter(options.Timeouts.DataIdle)));

    private static long MostDropped(SmtpLimits limits) => limits.MaxMessageBytes + Math.Max(limits.MaxMessageBytes, MinDiscard);

    private async ValueTask TakeAsync(ReadOnlyMemory<byte> piece)
    {
        if (piece.IsEmpty)
            return;
        _length += piece.Length;
        if (Refusal is null && _length > options.Limits.MaxMessageBytes)
            Refusal = Refused(Replies.TooLarge);
        if (Refusal is not null)
        {
            if (_length > MostDropped(options.Limits))
                throw new SessionEndedException(SmtpSessionEndReason.ContentWithoutEnd, Refusal);
            return;
        }
        Refusal = await transaction.WriteAsync(piece, aborted);
        // The session closes (RFC 5321 §3.8) without waiting for the end: a client that withholds the end would keep its connection.
        if (Refusal is { Code: 421 })
            throw new SessionEndedException(SmtpSessionEndReason.NoRoom, Refusal) { RefusesMessage = true };
    }

    private void NoteChunkFault()
    {
        if (_decoder.Fault != ContentFault.None)
            Refusal ??= Refused(_decoder.Fault == ContentFault.LineTooLong ? Replies.ContentLineTooLong : Replies.BareLineEndInChunk);
    }

    private SmtpReply Refused(SmtpReply reply)
    {
        transaction.Refuse(reply);
        return reply;
    }
}
