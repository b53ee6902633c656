using System.Net;
using Slimta.Smtp.Client;
using Slimta.Domains;

namespace Slimta.Relay.Routing;

/// <summary>From a domain to its destination: a route, the smarthost, or MX (RFC 5321 §5); or the route that an operator names.</summary>
internal sealed class Router
{
    private readonly RouteTable<Destination> _routes = new();
    private readonly Dictionary<string, Destination> _named = new(StringComparer.OrdinalIgnoreCase);
    private readonly MxOptions _mx;

    public Router(RelayOptions options)
    {
        _mx = options.Mx;
        foreach (var (domain, route) in options.Routes.Where(route => route.Value.IsSmtp))
            Add(domain, $"Relay:Routes:{domain}:NextHop", route);
        if (!string.IsNullOrEmpty(options.Smarthost))
            Add("*", "Relay:Smarthost", new RouteOptions { NextHop = options.Smarthost });
        foreach (var (name, key, route) in RouteNames.Of(options).Where(one => one.Route.IsSmtp))
            _named.TryAdd(name, Read(key, route));
    }

    /// <summary>The places of the routes that an operator may order.</summary>
    public IEnumerable<KeyValuePair<string, string>> Named => _named.Select(route => KeyValuePair.Create(route.Key, route.Value.Key.Place));

    /// <summary>The route that an operator orders, for any domain.</summary>
    public Routing Via(string name) => _named.TryGetValue(name, out var destination) ? destination
        // "System incorrectly configured" (RFC 3463 §3.4), for now: another relay may know it, or this one after a restart.
        : new RoutingFailure("4.3.5", $"An operator ordered the route \"{name}\", and this relay has none of that name (Relay:NamedRoutes).");

    /// <summary>Asks no server: the DNS is asked for the hosts when a session is opened.</summary>
    public Routing Route(string domain)
    {
        var name = DomainName.Normalize(domain);
        return _routes.Find(name ?? domain) is { } configured ? configured
            : name is null ? new RoutingFailure("5.1.2", $"\"{domain}\" is not a domain name.")
            : name.StartsWith('[') ? Literal(name)
            : new Destination($"mx:{name}", [], Security.Opportunistic, IsPublic: true) { MailDomain = name };
    }

    private void Add(string domain, string key, RouteOptions route) => _routes.Add(domain, Read(key, route));

    private static Destination Read(string key, RouteOptions route)
    {
        var hop = NextHop.Parse(key, route, out var problem) ?? throw new InvalidOperationException(problem);
        return new Destination($"{hop.Host}:{hop.Port}", [new HostPort(hop.Host, hop.Port)], hop.Security, IsPublic: false);
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
