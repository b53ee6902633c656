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

/// <summary>
/// Takes a message's content while it arrives. Small content stays in memory; larger content goes to the queue in
/// chunks as it comes, under a key that expires unless <see cref="IQueueStorage.WriteAsync"/> makes it permanent.
/// Disposing it drops what was staged and not written.
/// </summary>
public abstract class ContentWriter : IAsyncDisposable
{
    /// <summary>The id that the message will have, so that a Received field can name it before the content is whole.</summary>
    public abstract string Id { get; }

    /// <summary>Bytes taken so far.</summary>
    public abstract long Length { get; }

    /// <summary>Takes the next bytes; they may be reused when this returns.</summary>
    /// <exception cref="MessageTooLargeException">The content exceeds <see cref="QueueOptions.MaxMessageBytes"/>.</exception>
    /// <exception cref="QueueFullException">The queue has no room for more content.</exception>
    /// <exception cref="QueueUnavailableException">The server cannot be reached.</exception>
    public abstract ValueTask WriteAsync(ReadOnlyMemory<byte> bytes, CancellationToken cancellationToken = default);

    /// <summary>Ends the content. The result belongs in one envelope and one write, and to the storage that made it.</summary>
    public abstract ValueTask<MessageContent> CompleteAsync(CancellationToken cancellationToken = default);

    public abstract ValueTask DisposeAsync();
}
