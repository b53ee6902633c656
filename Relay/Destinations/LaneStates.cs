using Slimta.Storage;

namespace Slimta.Relay.Destinations;

/// <summary>What the lanes are doing, for operators: so many, those first that fail.</summary>
internal sealed class LaneStates(LaneSet lanes, RelayOptions options, RelayIdentity identity, TimeProvider time)
{
    private const int Most = 500;

    /// <summary>A label that no route names.</summary>
    private const string Some = "slimta-any-host";

    private readonly Dictionary<string, string> _routes = RoutesOf(options);

    public RelayState Read()
    {
        var now = time.GetUtcNow();
        var all = lanes.Lanes.Select(lane => lane.Look(now)).OfType<DestinationState>().ToList();
        return new RelayState(identity.Worker, now, all.Sum(state => state.Delivering), options.Concurrency)
        {
            Routes = _routes,
            Destinations = [.. all.OrderByDescending(state => state.FailingSince is not null).ThenByDescending(state => state.Delivering + state.Waiting).Take(Most)],
        };
    }

    /// <summary>By the patterns in their normal form, as the router has them.</summary>
    private static Dictionary<string, string> RoutesOf(RelayOptions options)
    {
        var router = new Router(options);
        var routes = new Dictionary<string, string>(StringComparer.Ordinal);
        foreach (var pattern in options.Routes.Where(route => route.Value.IsSmtp).Select(route => route.Key).Append("*").Take(Most))
        {
            // Any name that the pattern matches has its place.
            var name = Domains.DomainName.NormalizePattern(pattern) ?? pattern;
            if (router.Route(name == "*" ? Some : name.Replace("*", Some, StringComparison.Ordinal)).Destination is { IsPublic: false } destination)
                routes[name] = destination.Key.Place;
        }
        return routes;
    }
}
