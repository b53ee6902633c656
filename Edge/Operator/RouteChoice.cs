using Slimta.Storage;

namespace Slimta.Edge.Operator;

/// <summary>The relays' routes that an operator may order mail to be sent by: as the running ones report them. An operator names no host.</summary>
internal static class RouteChoice
{
    public const int MostCharacters = 255;
    private const string Default = "default";

    public static bool IsDefault(string? via) => via is null || via.Equals(Default, StringComparison.OrdinalIgnoreCase);

    public static async Task<IResult> ListAsync(HttpContext http, IRelayStates relays)
    {
        var states = await relays.ReadAsync(http.RequestAborted);
        return Results.Json(new RouteList([.. Names(states).Select(name =>
            new RouteView(name, [.. states.Where(relay => Knows(relay, name)).Select(relay => relay.Name)]))]), OperatorJson.Default.RouteList);
    }

    /// <exception cref="BadOrderException">No relay that runs knows the route.</exception>
    /// <exception cref="NoRelayException"/>
    public static async Task CheckAsync(OperatorOrder order, IRelayStates relays, CancellationToken cancellationToken)
    {
        if (order is not { Kind: OrderKind.Route, Text.Length: > 0 })
            return;
        var states = await relays.ReadAsync(cancellationToken);
        if (states.Any(relay => Knows(relay, order.Text)))
            return;
        if (states.Count == 0)
            throw new NoRelayException();
        var names = Names(states);
        throw new BadOrderException("via", $"No relay that is running has a route '{FilterText.Shown(order.Text)}'; they have {(names.Count == 0 ? "none by a name" : string.Join(", ", names))}, and {Default}.");
    }

    private static bool Knows(RelayState relay, string name) => relay.NamedRoutes.Keys.Any(key => key.Equals(name, StringComparison.OrdinalIgnoreCase));

    private static List<string> Names(IReadOnlyList<RelayState> states) =>
        [.. states.SelectMany(relay => relay.NamedRoutes.Keys).Distinct(StringComparer.OrdinalIgnoreCase).Order(StringComparer.OrdinalIgnoreCase)];
}

internal sealed record RouteList(IReadOnlyList<RouteView> Routes);

/// <param name="Relays">The relays that know it.</param>
internal sealed record RouteView(string Name, IReadOnlyList<string> Relays);
