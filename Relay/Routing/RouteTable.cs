using System.Collections.Concurrent;
using Slimta.Domains;

namespace Slimta.Relay.Routing;

/// <summary>The value for a domain, by the keys of "Relay:Routes".</summary>
internal sealed class RouteTable<T> where T : class
{
    /// <summary>Of the domains last asked for.</summary>
    private const int MostFound = 10_000;

    private readonly Dictionary<string, T> _routes = new(StringComparer.OrdinalIgnoreCase);
    private readonly ConcurrentDictionary<string, T?> _found = new(StringComparer.OrdinalIgnoreCase);

    /// <param name="pattern">"example.com", "*.example.com" (below it) or "*" (the rest).</param>
    public void Add(string pattern, T value) => _routes[DomainName.NormalizePattern(pattern) ?? pattern] = value;

    /// <summary>The nearest of: the domain itself, "*." and a parent, "*".</summary>
    /// <param name="domain">In its normal form, if it has one.</param>
    public T? Find(string domain)
    {
        if (_routes.Count == 0)
            return null;
        if (_found.Count > MostFound)
            _found.Clear();
        return _found.GetOrAdd(domain, static (name, routes) =>
        {
            if (routes.TryGetValue(name, out var exact))
                return exact;
            for (var dot = name.IndexOf('.', StringComparison.Ordinal); dot >= 0; dot = name.IndexOf('.', dot + 1))
            {
                if (routes.TryGetValue("*" + name[dot..], out var parent))
                    return parent;
            }
            return routes.GetValueOrDefault("*");
        }, _routes);
    }
}
