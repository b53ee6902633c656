using Slimta.Storage;

namespace Slimta.Relay.Delivery;

/// <summary>Brings a message to its recipients. SMTP is ours; register another to deliver elsewhere.</summary>
public interface IDelivery
{
    /// <summary>Makes one attempt for all recipients of the envelope.</summary>
    /// <param name="lease">
    /// Ask it with <see cref="Lease.IsLive"/> right before what cannot be taken back, such as the end of the content: a relay that was
    /// stopped for longer than the lease has not been told yet that the message is another's.
    /// </param>
    /// <param name="delivered">
    /// Is called when some recipients have the message and others are still being tried, so that a crash does not send it to them again.
    /// </param>
    /// <param name="cancellationToken">
    /// The lease is lost or the relay stops: nothing more may be begun, and what is uncertain is <see cref="DeliveryOutcome.Unknown"/>.
    /// </param>
    /// <returns>One result for each recipient, in any order.</returns>
    /// <exception cref="QueueException">The content could not be read.</exception>
    Task<IReadOnlyList<RecipientResult>> DeliverAsync(
        QueuedMessage message, Lease lease, Func<IReadOnlyCollection<int>, ValueTask> delivered, CancellationToken cancellationToken);
}
