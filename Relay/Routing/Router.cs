using System.Collections.Concurrent;
using System.Net;
using Slimta.Smtp.Client;
using Slimta.Smtp.Domains;

namespace Slimta.Relay.Routing;

/// <summary>From a domain to its destination: a route, the smarthost, or MX (RFC 5321 §5).</summary>
internal sealed class Router
{
    private readonly Dictionary<string, Destination> _routes = new(StringComparer.OrdinalIgnoreCase);
    private readonly ConcurrentDictionary<string, Destination?> _matches = new(StringComparer.OrdinalIgnoreCase);
    private readonly MxOptions _mx;

    public Router(RelayOptions options)
    {
        _mx = options.Mx;
        foreach (var (domain, route) in options.Routes)
            Add(domain, $"Relay:Routes:{domain}:NextHop", route);
        if (!string.IsNullOrEmpty(options.Smarthost))
            Add("*", "Relay:Smarthost", new RouteOptions { NextHop = options.Smarthost });
    }

    /// <summary>Asks no server: whom the DNS names is found out when a session is opened.</summary>
    public Routing Route(string domain)
    {
        var name = DomainName.Normalize(domain);
        return Match(name ?? domain) is { } configured ? configured
            : name is null ? new RoutingFailure("5.1.2", $"\"{domain}\" is not a domain name.")
            : name.StartsWith('[') ? Literal(name)
            : new Destination($"mx:{name}", [], Security.Opportunistic, IsPublic: true) { MailDomain = name };
    }

    private void Add(string domain, string key, RouteOptions route)
    {
        var hop = NextHop.Parse(key, route, out var problem) ?? throw new InvalidOperationException(problem);
        _routes[DomainName.NormalizePattern(domain) ?? domain] = new Destination($"{hop.Host}:{hop.Port}", [new HostPort(hop.Host, hop.Port)], hop.Security, IsPublic: false);
    }

    /// <summary>The nearest of: the domain itself, "*." and a parent, "*".</summary>
    private Destination? Match(string domain)
    {
        if (_routes.Count == 0)
            return null;
        if (_matches.Count > 10_000)
            _matches.Clear();
        return _matches.GetOrAdd(domain, static (name, routes) =>
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

    /// <summary>RFC 5321 §4.1.3: [192.0.2.1], [IPv6:2001:db8::1].</summary>
    private Routing Literal(string domain)
    {
        var text = domain.TrimStart('[').TrimEnd(']');
        text = text.StartsWith("IPv6:", StringComparison.OrdinalIgnoreCase) ? text[5..] : text;
        return IPAddress.TryParse(text, out var address)
            ? new Destination($"mx:{domain}", [new HostPort(address.ToString(), _mx.Port)], Security.Opportunistic, IsPublic: true)
            : new RoutingFailure("5.1.2", $"\"{domain}\" is not an address literal.");
    }
}
