using Slimta.Storage;

namespace Slimta.Relay.Delivery;

/// <summary>
/// Brings messages to their recipients. SMTP is the one that is there; add others by name, for the routes that name them
/// (<see cref="DeliveryRegistration.AddDelivery"/>), or wrap all of them (<see cref="DeliveryRegistration.WrapDeliveries"/>).
/// </summary>
public interface IDelivery
{
    /// <summary>Makes one attempt for all recipients of the context's message.</summary>
    /// <returns>One result for each recipient, in any order.</returns>
    /// <exception cref="QueueException">The content could not be read.</exception>
    Task<IReadOnlyList<RecipientResult>> DeliverAsync(DeliveryContext context);
}
