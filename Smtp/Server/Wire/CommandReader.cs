using System.Buffers;

namespace Slimta.Smtp.Server;

/// <summary>Reads a client's commands, and its responses in an exchange, off the wire: one line at a time.</summary>
internal sealed class CommandReader(SmtpWire wire)
{
    // A client may never end the line that it began: the line is kept here, at its size, and not in a buffer of the connection's.
    private ArrayBufferWriter<byte>? _begun;
    private int _before;

    /// <summary>Waits once for bytes, and looks whether they end the line.</summary>
    /// <param name="parse">Makes something of the line while its bytes are at hand.</param>
    /// <returns>The result of <paramref name="parse"/> with <see cref="LineReader.Found.Line"/>; with <see cref="LineReader.Found.Partial"/> ask again.</returns>
    /// <exception cref="SessionEndedException">Nothing came before <paramref name="deadline"/>, or the client has closed the connection, or does not read its replies.</exception>
    public async ValueTask<(LineReader.Found Found, T? Line)> ReadAsync<T>(int maxLength, BareLineFeed bare, long deadline, Func<ReadOnlySpan<byte>, T> parse)
    {
        var read = await wire.ReadAsync(deadline);
        var buffer = _begun is null ? read.Buffer : Continue(_begun, read.Buffer, maxLength);
        var end = _begun is null ? buffer.End : read.Buffer.GetPosition(buffer.Length - _before);
        var found = LineReader.TryRead(ref buffer, maxLength, bare, out var line);
        if (found == LineReader.Found.Line)
        {
            var parsed = line.IsSingleSegment ? parse(line.FirstSpan) : parse(line.ToArray());
            wire.AdvanceTo(_begun is null ? buffer.Start : end);
            _begun = null;
            return (found, parsed);
        }
        if (found == LineReader.Found.Partial && _begun is null && !buffer.IsEmpty)
            Continue(_begun = new((int)buffer.Length + 32), buffer, maxLength);
        wire.AdvanceTo(end);
        return found == LineReader.Found.Partial && read.IsCompleted ? throw new SessionEndedException(SmtpSessionEndReason.Disconnected) : (found, default);
    }

    /// <summary>Adds the bytes that belong to the line that was begun.</summary>
    private ReadOnlySequence<byte> Continue(ArrayBufferWriter<byte> begun, ReadOnlySequence<byte> more, int maxLength)
    {
        _before = begun.WrittenCount;
        if (more.PositionOf((byte)'\n') is { } end)
            more = more.Slice(0, more.GetPosition(1, end));
        foreach (var piece in more.Slice(0, Math.Min(more.Length, Math.Max(0, maxLength + 3 - _before))))
            begun.Write(piece.Span);
        return new(begun.WrittenMemory);
    }
}
