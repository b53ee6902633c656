using System.Net;
using System.Net.NetworkInformation;
using System.Net.Sockets;

namespace Slimta.Relay.Routing;

/// <summary>
/// Addresses that a stranger's MX record must not lead us to: our own, and those that mean something else inside our network
/// than outside (IANA's special-purpose registries, RFC 6890).
/// </summary>
internal static class AddressPolicy
{
    private static readonly IPNetwork[] Special =
    [
        .. new[]
        {
            "0.0.0.0/8", "10.0.0.0/8", "100.64.0.0/10", "127.0.0.0/8", "169.254.0.0/16", "172.16.0.0/12", "192.0.0.0/24",
            "192.168.0.0/16", "198.18.0.0/15", "224.0.0.0/3", "::/127", "64:ff9b:1::/48", "fc00::/7", "fe80::/10", "ff00::/8",
        }.Select(IPNetwork.Parse),
    ];

    private static readonly HashSet<IPAddress> Own =
    [
        .. NetworkInterface.GetAllNetworkInterfaces().SelectMany(card => card.GetIPProperties().UnicastAddresses).Select(own => own.Address),
    ];

    public static bool IsPublic(IPAddress address)
    {
        if (address.IsIPv4MappedToIPv6)
            address = address.MapToIPv4();
        return address.AddressFamily is AddressFamily.InterNetwork or AddressFamily.InterNetworkV6
            && !Own.Contains(address) && !Special.Any(net => net.Contains(address));
    }
}
