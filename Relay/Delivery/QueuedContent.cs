using System.Runtime.CompilerServices;
using Slimta.Smtp.Client;
using Slimta.Storage;

namespace Slimta.Relay.Delivery;

/// <summary>The queue's content as the SMTP client sends it.</summary>
internal static class QueuedContent
{
    public static OutgoingContent ToOutgoing(this MessageContent content) =>
        content.TryGetMemory(out var whole) ? new(whole) : new(content.Length, cancellationToken => ReadAsync(content, cancellationToken));

    /// <exception cref="QueueFormatException">There is more of it, or less, than was written.</exception>
    private static async IAsyncEnumerable<ReadOnlyMemory<byte>> ReadAsync(
        MessageContent content, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        var length = 0L;
        await foreach (var piece in content.ReadAsync(cancellationToken))
        {
            length += piece.Length;
            yield return piece;
        }
        if (length != content.Length)
            throw new QueueFormatException($"The content has {length} bytes and should have {content.Length}.");
    }
}
