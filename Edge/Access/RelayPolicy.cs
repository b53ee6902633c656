using System.Net;
using Microsoft.Extensions.Options;
using Slimta.Smtp;
using Slimta.Domains;
using Slimta.Storage;

namespace Slimta.Edge.Access;

/// <summary>Which clients may send to which recipients.</summary>
internal sealed class RelayPolicy(IOptions<EdgeOptions> options)
{
    /// <summary>Loopback, and the networks that no client can come from across the internet (RFC 1918, RFC 4193, RFC 4291 §2.5.6).</summary>
    private static readonly string[] Private =
        ["127.0.0.0/8", "::1/128", "10.0.0.0/8", "172.16.0.0/12", "192.168.0.0/16", "fc00::/7", "fe80::/10"];

    private readonly IPNetwork[] _networks = [.. (options.Value.Relay.Networks ?? Private).Select(IPNetwork.Parse)];
    private readonly string[] _domains = [.. options.Value.Relay.Domains.Select(domain => DomainName.NormalizePattern(domain) ?? domain)];
    private readonly bool _authenticated = options.Value.Relay.Authenticated;

    /// <summary>Why a client's mail is taken.</summary>
    public TrustedAs TrustOf(IPAddress? client, string? authenticatedAs) =>
        authenticatedAs is not null ? TrustedAs.User
        : client is not null && IsTrusted(client) ? TrustedAs.Network
        : TrustedAs.Stranger;

    /// <summary>True if the client may send to any recipient.</summary>
    public bool IsTrusted(IPAddress? client, string? authenticatedAs) =>
        (_authenticated && authenticatedAs is not null) || (client is not null && IsTrusted(client));

    public bool IsTrusted(IPAddress client)
    {
        var address = client.IsIPv4MappedToIPv6 ? client.MapToIPv4() : client;
        foreach (var network in _networks)
            if (network.Contains(address))
                return true;
        return false;
    }

    /// <summary>True if strangers may send to this recipient.</summary>
    public bool IsOpen(SmtpMailbox recipient)
    {
        // Hosts of old delivered user%other@here to user@other; the next hop may be one of them. So for "!", and for an "@" in quotes.
        if (recipient.LocalPart.AsSpan().ContainsAny('%', '!', '@'))
            return false;
        return _domains.Length > 0 && DomainName.Normalize(recipient.Domain) is { } domain && Array.Exists(_domains, pattern => Matches(domain, pattern));
    }

    private static bool Matches(string domain, string pattern) =>
        pattern.StartsWith("*.", StringComparison.Ordinal)
            ? domain.EndsWith(pattern[1..], StringComparison.Ordinal)
            : domain.Equals(pattern, StringComparison.Ordinal);
}
