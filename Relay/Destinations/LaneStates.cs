using Slimta.Storage;

namespace Slimta.Relay.Destinations;

/// <summary>The state of the lanes, and where deliveries fail, for operators: a limited number, the busy ones first.</summary>
internal sealed class LaneStates(LaneSet lanes, FailingDestinations failing, RelayOptions options, RelayIdentity identity, TimeProvider time)
{
    private const int Most = 500;

    /// <summary>A label that no route names.</summary>
    private const string Some = "slimta-any-host";

    private readonly Dictionary<string, string> _routes = RoutesOf(options);
    private readonly Dictionary<string, string> _named = NamedOf(options);
    private readonly DateTimeOffset _started = time.GetUtcNow();

    public RelayState Read()
    {
        var now = time.GetUtcNow();
        var all = lanes.Lanes.Select(lane => lane.Look(now)).OfType<DestinationState>().Select(WithFailure).ToList();
        var busy = all.Select(state => state.Place).ToHashSet(StringComparer.OrdinalIgnoreCase);
        all.AddRange(failing.All.Where(one => !busy.Contains(one.Key)).Select(one => WithFailure(new DestinationState(one.Key, 0, 0, 0), one.Value)));
        return new RelayState(identity.Worker, now, all.Sum(state => state.Delivering), options.Concurrency)
        {
            Started = _started,
            Routes = _routes,
            NamedRoutes = _named,
            Destinations = [.. all.OrderByDescending(state => state.IsActive).ThenByDescending(state => state.FailingSince is not null)
                .ThenByDescending(state => state.Delivering + state.Waiting).Take(Most)],
        };
    }

    private DestinationState WithFailure(DestinationState state) => failing.Find(state.Place) is { } failure ? WithFailure(state, failure) : state;

    /// <summary>A lane that has been left for a while has forgotten since when.</summary>
    private static DestinationState WithFailure(DestinationState state, FailingDestinations.Failure failure) => state with
    {
        FailingSince = state.FailingSince < failure.Since ? state.FailingSince : failure.Since,
        Problem = state.Problem ?? failure.Problem,
    };

    private static Dictionary<string, string> NamedOf(RelayOptions options)
    {
        var places = new Router(options).Named.ToDictionary(StringComparer.OrdinalIgnoreCase);
        return RouteNames.Of(options).Select(one => one.Name).Distinct(StringComparer.OrdinalIgnoreCase).Take(Most)
            .ToDictionary(name => name, name => places.GetValueOrDefault(name, ""), StringComparer.OrdinalIgnoreCase);
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
