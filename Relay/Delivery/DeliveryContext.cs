using Slimta.Storage;

namespace Slimta.Relay.Delivery;

/// <summary>
/// One attempt as a delivery sees it. A test makes one from a message alone: then all may be committed, and marks are forgotten.
/// </summary>
public class DeliveryContext(QueuedMessage message, CancellationToken cancellationToken = default)
{
    /// <summary>The message, with the recipients that this delivery is asked for.</summary>
    public QueuedMessage Message { get; } = message;

    /// <summary>
    /// The lease is lost or the relay stops: begin nothing more, and report an uncertain outcome as <see cref="DeliveryOutcome.Unknown"/>.
    /// </summary>
    public CancellationToken CancellationToken { get; } = cancellationToken;

    /// <summary>
    /// True while the message is ours. Ask right before a step that cannot be undone, such as the end of the content: a relay that was
    /// suspended for longer than the lease does not know yet that another relay has the message.
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
