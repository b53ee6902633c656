namespace Slimta.Relay.Routing;

/// <summary>The routes that an operator may order by name: those of "Relay:NamedRoutes", those of the table by their domain, and the smarthost.</summary>
internal static class RouteNames
{
    public const string Smarthost = "smarthost";

    /// <summary>The way back to the table.</summary>
    public const string Default = "default";

    /// <summary>Each with its key in the settings; the first of a name counts.</summary>
    public static IEnumerable<(string Name, string Key, RouteOptions Route)> Of(RelayOptions options)
    {
        foreach (var (name, route) in options.NamedRoutes)
            yield return (name, $"Relay:NamedRoutes:{name}", route);
        foreach (var (domain, route) in options.Routes)
            yield return (domain, $"Relay:Routes:{domain}", route);
        if (!string.IsNullOrEmpty(options.Smarthost))
            yield return (Smarthost, "Relay:Smarthost", new RouteOptions { NextHop = options.Smarthost });
    }

    /// <summary>Null if it may be one.</summary>
    public static string? ProblemOf(string name, RelayOptions options) =>
        !IsWord(name) ? "the name must have 1 to 63 letters, digits, '-', '_' or '.', and begin with a letter or digit"
        : name.Equals(Default, StringComparison.OrdinalIgnoreCase) || name.Equals(Smarthost, StringComparison.OrdinalIgnoreCase) ? "this name is taken; choose another"
        : options.Routes.ContainsKey(name) ? $"Relay:Routes:{name} has this name already; choose another"
        : null;

    private static bool IsWord(string name) =>
        name.Length is > 0 and <= 63 && char.IsAsciiLetterOrDigit(name[0]) && name.All(c => char.IsAsciiLetterOrDigit(c) || c is '-' or '_' or '.');
}
