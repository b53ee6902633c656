namespace Slimta.Storage;

/// <summary>A destination as a relay sees it.</summary>
/// <param name="Place">The next hop with its port, or "mx:" and the domain whose MX records name the hosts.</param>
/// <param name="Delivering">Deliveries under way.</param>
/// <param name="Waiting">Messages in the relay's hand that wait for a connection.</param>
/// <param name="Limit">The most connections that it may have now; 0 where nothing happens until mail for it is due again.</param>
public sealed record DestinationState(string Place, int Delivering, int Waiting, int Limit)
{
    /// <summary>True if the relay holds mail for it, or leaves it alone for a while.</summary>
    [System.Text.Json.Serialization.JsonIgnore]
    public bool IsActive => Limit > 0;

    /// <summary>The next hop with its port, where a route names it; null where the MX records of the recipients' domain do.</summary>
    [System.Text.Json.Serialization.JsonIgnore]
    public string? Server => Place.StartsWith("mx:", StringComparison.Ordinal) ? null : Place;

    /// <summary>Since when every delivery has failed temporarily; null if the last one did not.</summary>
    public DateTimeOffset? FailingSince { get; init; }

    /// <summary>The relay leaves it alone until then; null if it does not.</summary>
    public DateTimeOffset? CoolingUntil { get; init; }

    /// <summary>The error of the last delivery, if it failed.</summary>
    public string? Problem { get; init; }
}
