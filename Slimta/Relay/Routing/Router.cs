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
    private readonly MailDns _dns;
    private readonly MxOptions _mx;
    private readonly string _helloName;

    public Router(RelayOptions options, MailDns dns, string helloName)
    {
        _dns = dns;
        _mx = options.Mx;
        _helloName = helloName;
        foreach (var (domain, route) in options.Routes)
            Add(domain, $"Relay:Routes:{domain}:NextHop", route);
        if (!string.IsNullOrEmpty(options.Smarthost))
            Add("*", "Relay:Smarthost", new RouteOptions { NextHop = options.Smarthost });
    }

    public ValueTask<Routing> RouteAsync(string domain, CancellationToken cancellationToken)
    {
        var name = DomainName.Normalize(domain);
        return Match(name ?? domain) is { } configured ? new(configured)
            : name is null ? new(new RoutingFailure("5.1.2", $"\"{domain}\" is not a domain name."))
            : new(FindAsync(name, cancellationToken));
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

    private async Task<Routing> FindAsync(string domain, CancellationToken cancellationToken)
    {
        if (domain.StartsWith('['))
            return Literal(domain);
        var answer = await _dns.MxAsync(domain, cancellationToken);
        return answer.Status switch
        {
            DnsStatus.Failed => new RoutingFailure("4.4.3", $"The DNS did not say where the mail of {domain} goes."),
            DnsStatus.NoDomain => new RoutingFailure("5.1.2", $"The domain {domain} does not exist."),
            // RFC 5321 §5.1: without MX records, the domain is its own mail server.
            DnsStatus.NoData => To(domain, [new MxHost(domain, 0)]),
            _ => To(domain, answer.Records),
        };
    }

    private Routing To(string domain, IReadOnlyList<MxHost> hosts)
    {
        if (hosts is [{ Host.Length: 0 }])
            return new RoutingFailure("5.1.10", $"The domain {domain} takes no mail (null MX, RFC 7505).");
        // RFC 5321 §5.1: where we are one of them, those not nearer than we are would send it back.
        var self = hosts.Where(host => string.Equals(host.Host, _helloName, StringComparison.OrdinalIgnoreCase)).Select(host => (int?)host.Preference).Min();
        var nearer = hosts.Where(host => host.Host.Length > 0 && (self is null || host.Preference < self)).ToArray();
        return nearer.Length == 0
            ? new RoutingFailure("5.4.6", $"The mail of {domain} loops back to us.")
            : new Destination($"mx:{domain}", [.. nearer.Select(host => new HostPort(host.Host, _mx.Port))], Security.Opportunistic, IsPublic: true);
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
