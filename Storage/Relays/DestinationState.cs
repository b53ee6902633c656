namespace Slimta.Storage;

/// <summary>A destination as a relay sees it.</summary>
/// <param name="Place">The next hop with its port, or "mx:" and the domain whose MX records name the hosts.</param>
/// <param name="Delivering">Deliveries under way.</param>
/// <param name="Waiting">Messages in the relay's hand that wait for a connection.</param>
/// <param name="Limit">Connections at once, as many as it may have now; 0 where nothing happens until mail for it is due again.</param>
public sealed record DestinationState(string Place, int Delivering, int Waiting, int Limit)
{
    /// <summary>It has mail in the relay's hand, or is left alone.</summary>
    [System.Text.Json.Serialization.JsonIgnore]
    public bool IsActive => Limit > 0;

    /// <summary>Since when each delivery has failed for now; null if the last one did not.</summary>
    public DateTimeOffset? FailingSince { get; init; }

    /// <summary>It is left alone until then; null if it is not.</summary>
    public DateTimeOffset? CoolingUntil { get; init; }

    /// <summary>What the last delivery failed with, if it did.</summary>
    public string? Problem { get; init; }
}
