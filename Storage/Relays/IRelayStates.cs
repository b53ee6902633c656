namespace Slimta.Storage;

/// <summary>
/// What the relays are doing, told by each. Nothing depends on it: it is kept in memory and may be lost, and what a relay has not said again
/// within its time is forgotten.
/// </summary>
public interface IRelayStates
{
    /// <summary>A relay's state, for so long.</summary>
    /// <exception cref="QueueException"/>
    Task PublishAsync(RelayState state, TimeSpan lifetime, CancellationToken cancellationToken = default);

    /// <summary>Those of all relays, by name.</summary>
    /// <exception cref="QueueException"/>
    Task<IReadOnlyList<RelayState>> ReadAsync(CancellationToken cancellationToken = default);
}
