namespace Slimta.Storage;

/// <summary>A destination as a relay sees it.</summary>
/// <param name="Place">The next hop with its port, or "mx:" and the domain whose MX records name the hosts.</param>
/// <param name="Delivering">Deliveries under way.</param>
/// <param name="Waiting">Messages in the relay's hand that wait for a connection.</param>
/// <param name="Limit">Connections at once, as many as it may have now.</param>
public sealed record DestinationState(string Place, int Delivering, int Waiting, int Limit)
{
    /// <summary>Since when each connection failed; null if the last one did not.</summary>
    public DateTimeOffset? FailingSince { get; init; }

    /// <summary>It is left alone until then; null if it is not.</summary>
    public DateTimeOffset? CoolingUntil { get; init; }

    /// <summary>What the last connection failed with, if it did.</summary>
    public string? Problem { get; init; }
}
