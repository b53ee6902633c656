namespace Slimta.Storage;

/// <summary>What a relay is doing.</summary>
/// <param name="Name">Unique among relays.</param>
/// <param name="Time">When it said so.</param>
/// <param name="Delivering">Deliveries under way.</param>
/// <param name="Limit">The most that it may have at once.</param>
public sealed record RelayState(string Name, DateTimeOffset Time, int Delivering, int Limit)
{
    /// <summary>Since when it runs.</summary>
    public DateTimeOffset? Started { get; init; }

    /// <summary>The place of a route by its pattern: "example.com", "*.example.com", "*".</summary>
    public IReadOnlyDictionary<string, string> Routes { get; init; } = new Dictionary<string, string>(StringComparer.Ordinal);

    /// <summary>The place of each route that an operator may order, by its name; "" for a delivery that is not SMTP.</summary>
    public IReadOnlyDictionary<string, string> NamedRoutes { get; init; } = new Dictionary<string, string>(StringComparer.OrdinalIgnoreCase);

    /// <summary>First the active ones that fail, then the busiest, then the others that fail.</summary>
    public IReadOnlyList<DestinationState> Destinations { get; init; } = [];

    /// <summary>
    /// The destination of a recipients' domain, by the relay's own routes; null where the relay has nothing to do with it at present.
    /// </summary>
    /// <param name="via">The route that an operator ordered; null for the relay's own.</param>
    public DestinationState? Of(string domain, string? via = null)
    {
        ArgumentNullException.ThrowIfNull(domain);
        var place = via is null ? PlaceOf(domain) : NamedRoutes.FirstOrDefault(route => route.Key.Equals(via, StringComparison.OrdinalIgnoreCase)).Value;
        return Destinations.FirstOrDefault(destination => string.Equals(destination.Place, place, StringComparison.OrdinalIgnoreCase));
    }

    private string PlaceOf(string domain)
    {
        if (Routes.TryGetValue(domain, out var exact))
            return exact;
        for (var dot = domain.IndexOf('.', StringComparison.Ordinal); dot >= 0; dot = domain.IndexOf('.', dot + 1))
        {
            if (Routes.TryGetValue("*" + domain[dot..], out var parent))
                return parent;
        }
        return Routes.TryGetValue("*", out var rest) ? rest : $"mx:{domain}";
    }
}
