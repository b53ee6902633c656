using System.Net;
using Microsoft.Extensions.Options;
using Slimta.Domains;

namespace Slimta.Edge.Access;

/// <summary>
/// The names by which this host may be called. A public name may be made to mean this machine; an address, and
/// what is reserved for a machine itself (RFC 6761 §6.3), cannot.
/// </summary>
internal sealed class OwnHosts(IOptions<EdgeOptions> options, IConfiguration configuration)
{
    /// <summary>How containers call the machine that they run on; no public name ends so.</summary>
    private static readonly string[] ContainerNames = [".docker.internal", ".containers.internal", ".dev.internal"];

    private readonly HashSet<string> _names = new(
        [Environment.MachineName, Dns.GetHostName(), options.Value.Hostname, .. Bound(configuration)], StringComparer.OrdinalIgnoreCase);

    private readonly string[] _configured = [.. options.Value.Http.Hosts.Select(host => DomainName.NormalizePattern(host) ?? host)];

    public bool Contains(string host)
    {
        host = host.TrimEnd('.');
        // HTTP/1.0 has no Host; no browser speaks it.
        return host.Length == 0
            || IPAddress.TryParse(host.Trim('[', ']'), out _)
            || host.Equals("localhost", StringComparison.OrdinalIgnoreCase) || host.EndsWith(".localhost", StringComparison.OrdinalIgnoreCase)
            || Array.Exists(ContainerNames, name => host.EndsWith(name, StringComparison.OrdinalIgnoreCase))
            || _names.Contains(host) || IsConfigured(host);
    }

    /// <summary>Named by Edge:Http:Hosts; "*.example.com" means the names below it.</summary>
    public bool IsConfigured(string host) => DomainName.Normalize(host) is { } asked && Array.Exists(_configured, name => name.StartsWith("*.", StringComparison.Ordinal)
        ? asked.EndsWith(name[1..], StringComparison.Ordinal)
        : asked.Equals(name, StringComparison.Ordinal));

    /// <summary>The names in the addresses that the host was told to listen on.</summary>
    private static IEnumerable<string> Bound(IConfiguration configuration) =>
        (configuration["urls"] ?? "").Split(';', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries)
            .Select(url => Uri.TryCreate(url, UriKind.Absolute, out var address) ? address.IdnHost : null).OfType<string>();
}
