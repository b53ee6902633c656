using System.Buffers;

namespace Slimta.Storage;

/// <summary>
/// The bytes of a message, in memory or in the queue's chunks. Reading it piece by piece costs the memory of one piece,
/// however large the message is.
/// </summary>
public abstract class MessageContent
{
    /// <summary>Bytes in all.</summary>
    public abstract long Length { get; }

    /// <summary>The bytes in order. A piece is valid until the next one is asked for.</summary>
    /// <exception cref="QueueException">The content could not be read from the queue.</exception>
    public abstract IAsyncEnumerable<ReadOnlyMemory<byte>> ReadAsync(CancellationToken cancellationToken = default);

    /// <summary>True if the whole content is at hand without reading from the queue.</summary>
    public virtual bool TryGetMemory(out ReadOnlyMemory<byte> content)
    {
        content = default;
        return false;
    }

    /// <summary>The whole content as one array, which is the caller's.</summary>
    public async ValueTask<byte[]> ToArrayAsync(CancellationToken cancellationToken = default)
    {
        if (TryGetMemory(out var whole))
            return whole.ToArray();
        var array = new byte[Length];
        var at = 0;
        await foreach (var piece in ReadAsync(cancellationToken))
        {
            piece.CopyTo(array.AsMemory(at));
            at += piece.Length;
        }
        return array;
    }

    /// <summary>The content of an envelope without any: one whose content was not read, or goes to a <see cref="MessageWriter"/>. No bytes.</summary>
    public static MessageContent None { get; } = new MemoryContent(default);

    public static MessageContent From(ReadOnlyMemory<byte> bytes) => new MemoryContent(bytes);

    public static MessageContent From(ReadOnlySequence<byte> bytes) =>
        new MemoryContent(bytes.IsSingleSegment ? bytes.First : bytes.ToArray());

    public static implicit operator MessageContent(byte[] bytes) => new MemoryContent(bytes);

    private sealed class MemoryContent(ReadOnlyMemory<byte> bytes) : MessageContent
    {
        public override long Length => bytes.Length;

        public override bool TryGetMemory(out ReadOnlyMemory<byte> content)
        {
            content = bytes;
            return true;
        }

        public override async IAsyncEnumerable<ReadOnlyMemory<byte>> ReadAsync(
            [System.Runtime.CompilerServices.EnumeratorCancellation] CancellationToken cancellationToken = default)
        {
            cancellationToken.ThrowIfCancellationRequested();
            await ValueTask.CompletedTask;
            yield return bytes;
        }
    }
}
