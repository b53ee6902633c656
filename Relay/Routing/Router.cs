using System.Net;
using Slimta.Smtp.Client;
using Slimta.Domains;

namespace Slimta.Relay.Routing;

/// <summary>From a domain to its destination: a route, the smarthost, or MX (RFC 5321 §5).</summary>
internal sealed class Router
{
    private readonly RouteTable<Destination> _routes = new();
    private readonly MxOptions _mx;

    public Router(RelayOptions options)
    {
        _mx = options.Mx;
        foreach (var (domain, route) in options.Routes.Where(route => route.Value.IsSmtp))
            Add(domain, $"Relay:Routes:{domain}:NextHop", route);
        if (!string.IsNullOrEmpty(options.Smarthost))
            Add("*", "Relay:Smarthost", new RouteOptions { NextHop = options.Smarthost });
    }

    /// <summary>Asks no server: whom the DNS names is found out when a session is opened.</summary>
    public Routing Route(string domain)
    {
        var name = DomainName.Normalize(domain);
        return _routes.Find(name ?? domain) is { } configured ? configured
            : name is null ? new RoutingFailure("5.1.2", $"\"{domain}\" is not a domain name.")
            : name.StartsWith('[') ? Literal(name)
            : new Destination($"mx:{name}", [], Security.Opportunistic, IsPublic: true) { MailDomain = name };
    }

    private void Add(string domain, string key, RouteOptions route)
    {
        var hop = NextHop.Parse(key, route, out var problem) ?? throw new InvalidOperationException(problem);
        _routes.Add(domain, new Destination($"{hop.Host}:{hop.Port}", [new HostPort(hop.Host, hop.Port)], hop.Security, IsPublic: false));
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
