namespace Slimta.Storage;

/// <summary>
/// The state of the relays, published by each. Nothing depends on it: it is kept in memory and may be lost, and a state that its relay does not
/// publish again in time is forgotten.
/// </summary>
public interface IRelayStates
{
    /// <summary>Publishes a relay's state, for this long.</summary>
    /// <exception cref="QueueException"/>
    Task PublishAsync(RelayState state, TimeSpan lifetime, CancellationToken cancellationToken = default);

    /// <summary>The states of all relays, by name.</summary>
    /// <exception cref="QueueException"/>
    Task<IReadOnlyList<RelayState>> ReadAsync(CancellationToken cancellationToken = default);
}
