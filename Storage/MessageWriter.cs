namespace Slimta.Storage;

/// <summary>
/// Writes a message whose content arrives piece by piece: begin (<see cref="IQueueStorage.BeginWrite"/>), write the pieces, commit with the
/// envelope. Small content stays in memory; larger content goes to the queue in chunks as it comes, under a key that expires unless the
/// message is committed. Disposing it drops what was not committed.
/// </summary>
public abstract class MessageWriter : IAsyncDisposable
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

    /// <summary>Ends the content and puts the message into the queue, as <see cref="IQueueStorage.WriteAsync"/> does.</summary>
    /// <param name="envelope">Without content (<see cref="MessageContent.None"/>): the writer has it.</param>
    /// <param name="fingerprint">
    /// The fingerprint, where it is known only now: leave <see cref="WriteOptions.Fingerprint"/> empty then.
    /// </param>
    /// <returns>The message's id: <see cref="Id"/>, or that of the first with the same idempotency key.</returns>
    /// <inheritdoc cref="IQueueStorage.WriteAsync" path="/exception"/>
    public abstract Task<string> CommitAsync(
        Envelope envelope, Due timestamp = default, string? fingerprint = null, CancellationToken cancellationToken = default);

    public abstract ValueTask DisposeAsync();
}
