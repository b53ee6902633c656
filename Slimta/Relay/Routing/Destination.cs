using Slimta.Smtp.Client;

namespace Slimta.Relay.Routing;

/// <summary>Where a recipient's mail goes. Recipients of one message that share the key share a transaction.</summary>
/// <param name="Key">The same for the same place and the same way to talk to it.</param>
/// <param name="Hosts">In the order to try them.</param>
/// <param name="IsPublic">Found in the DNS, so that its addresses are not to be trusted.</param>
internal sealed record Destination(string Key, IReadOnlyList<HostPort> Hosts, Security Security, bool IsPublic);

/// <summary>A server of a destination.</summary>
internal readonly record struct HostPort(string Host, int Port);

/// <summary>What routing found: a destination, or why there is none.</summary>
internal readonly record struct Routing(Destination? Destination, RoutingFailure? Failure)
{
    public static implicit operator Routing(Destination destination) => new(destination, null);
    public static implicit operator Routing(RoutingFailure failure) => new(null, failure);
}

/// <summary>Why mail for a domain cannot go anywhere.</summary>
/// <param name="Status">The enhanced status code (RFC 3463); 4 is for now, 5 for good.</param>
internal sealed record RoutingFailure(string Status, string Problem)
{
    public bool IsPermanent => Status[0] == '5';
}
