using Slimta.Smtp;
using Slimta.Smtp.Client;

namespace Slimta.Relay.Routing;

/// <summary>Where a recipient's mail goes. Recipients of one message that share the key share a transaction.</summary>
/// <param name="Hosts">In the order to try them; none where the DNS names them. They are no part of the key.</param>
internal sealed record Destination(DestinationKey Key, IReadOnlyList<HostPort> Hosts)
{
    public Destination(string place, IReadOnlyList<HostPort> hosts, Security security, bool IsPublic)
        : this(new DestinationKey(place, security, IsPublic), hosts)
    {
    }

    /// <summary>The domain whose mail servers the DNS names, in A-labels; asked when a session is opened, as part of that.</summary>
    public string? MailDomain { get; init; }
    public Security Security => Key.Security;
    public bool IsPublic => Key.IsPublic;
}

/// <summary>
/// Which destination it is: the place and every setting of the way to talk to it, compared by value. Connections and lanes are kept
/// by it, so a session that was opened under one route's settings never carries the mail of a route with others.
/// </summary>
/// <param name="Place">The next hop with its port, or the domain whose MX records name the hosts.</param>
/// <param name="IsPublic">A stranger names it, so that its addresses are not to be trusted.</param>
internal sealed record DestinationKey(string Place, Security Security, bool IsPublic);

/// <summary>A server of a destination.</summary>
internal readonly record struct HostPort(string Host, int Port);

/// <summary>The result of routing: a destination, or why there is none.</summary>
internal readonly record struct Routing(Destination? Destination, RoutingFailure? Failure)
{
    public static implicit operator Routing(Destination destination) => new(destination, null);
    public static implicit operator Routing(RoutingFailure failure) => new(null, failure);
}

/// <summary>Why mail for a domain cannot go anywhere.</summary>
/// <param name="Status">The enhanced status code (RFC 3463); 4 is temporary, 5 permanent.</param>
internal sealed record RoutingFailure(string Status, string Problem)
{
    /// <summary>Quotes a name from a client or the DNS.</summary>
    public string Problem { get; } = Printable.Text(Problem);

    public bool IsPermanent => Status[0] == '5';
}
