using Slimta.Storage;

namespace Slimta.Relay.Delivery;

/// <summary>
/// One attempt as a delivery sees it. A test makes one of a message alone: then all may be committed, and what is marked is forgotten.
/// </summary>
public class DeliveryContext(QueuedMessage message, CancellationToken cancellationToken = default)
{
    /// <summary>The message, with the recipients that this delivery is asked for.</summary>
    public QueuedMessage Message { get; } = message;

    /// <summary>
    /// The lease is lost or the relay stops: begin nothing more, and call what is uncertain <see cref="DeliveryOutcome.Unknown"/>.
    /// </summary>
    public CancellationToken CancellationToken { get; } = cancellationToken;

    /// <summary>
    /// True while the message is ours. Ask right before what cannot be taken back, such as the end of the content: a relay that was
    /// stopped for longer than the lease has not been told yet that the message is another's.
    /// </summary>
    public virtual bool CanCommit => true;

    /// <summary>
    /// Call it when some recipients have the message and others are still being tried, so that a crash does not send it to them again.
    /// </summary>
    /// <param name="indexes">Their <see cref="Recipient.Index"/>.</param>
    public virtual ValueTask MarkDeliveredAsync(IReadOnlyCollection<int> indexes) => default;

    /// <summary>The other side keeps this delivery waiting: let the relay take another message meanwhile.</summary>
    public virtual void MakeRoom()
    {
    }
}
