using System.Net;
using System.Net.NetworkInformation;
using System.Net.Sockets;

namespace Slimta.Relay.Routing;

/// <summary>
/// Addresses that a stranger's MX record must not lead us to: our own, and those that mean something else inside our network
/// than outside (IANA's special-purpose registries, RFC 6890), also where an IPv6 address embeds them.
/// </summary>
/// <param name="own">The addresses of this host's interfaces, as they are now.</param>
internal sealed class AddressPolicy(Func<IEnumerable<IPAddress>> own, TimeProvider time)
{
    /// <summary>Interfaces come and go (a VPN, a container's network); reading them takes a millisecond.</summary>
    private static readonly TimeSpan OwnFor = TimeSpan.FromSeconds(5);

    private static readonly IPNetwork[] Special =
    [
        .. new[]
        {
            // This network, private, shared (CGNAT), loopback, link-local, protocol assignments, documentation, 6to4 relays,
            // benchmarks, multicast, reserved and broadcast.
            "0.0.0.0/8", "10.0.0.0/8", "100.64.0.0/10", "127.0.0.0/8", "169.254.0.0/16", "172.16.0.0/12", "192.0.0.0/24", "192.0.2.0/24",
            "192.88.99.0/24", "192.168.0.0/16", "198.18.0.0/15", "198.51.100.0/24", "203.0.113.0/24", "224.0.0.0/3",
            // Local NAT64 (RFC 8215), discard-only, dummy, Teredo and the other protocol assignments (RFC 2928), documentation,
            // SRv6, unique local, link-local, site-local (RFC 3879), multicast.
            "64:ff9b:1::/48", "100::/64", "100:0:0:1::/64", "2001::/23", "2001:db8::/32", "3fff::/20", "5f00::/16",
            "fc00::/7", "fe80::/10", "fec0::/10", "ff00::/8",
        }.Select(IPNetwork.Parse),
    ];

    /// <summary>Prefixes after which, at this octet, an IPv4 address stands that the packet may go to in the end.</summary>
    private static readonly (IPNetwork Network, int At)[] Embedding =
    [
        // IPv4-compatible with ::, ::1; IPv4-translated (RFC 2765); NAT64 (RFC 6052); 6to4 (RFC 3056).
        (IPNetwork.Parse("::/96"), 12), (IPNetwork.Parse("::ffff:0:0:0/96"), 12),
        (IPNetwork.Parse("64:ff9b::/96"), 12), (IPNetwork.Parse("2002::/16"), 2),
    ];

    private readonly Lock _gate = new();
    private HashSet<IPAddress> _own = [];
    private long _readAt;
    private bool _isRead;

    /// <summary>For this host.</summary>
    public static AddressPolicy OfThisHost(TimeProvider time) => new(
        static () => NetworkInterface.GetAllNetworkInterfaces().SelectMany(card => card.GetIPProperties().UnicastAddresses).Select(own => own.Address), time);

    public bool IsPublic(IPAddress address)
    {
        if (address.AddressFamily is not (AddressFamily.InterNetwork or AddressFamily.InterNetworkV6))
            return false;
        if (address.IsIPv4MappedToIPv6)
            address = address.MapToIPv4();
        // A scope says which interface a link-local address is meant on; it makes no other address of it.
        if (address.AddressFamily == AddressFamily.InterNetworkV6 && address.ScopeId != 0)
            return false;
        if (IsSpecial(address) || Own().Contains(address))
            return false;
        return Embedded(address) is not { } inner || IsPublic(inner);
    }

    private static bool IsSpecial(IPAddress address)
    {
        foreach (var network in Special)
        {
            if (network.BaseAddress.AddressFamily == address.AddressFamily && network.Contains(address))
                return true;
        }
        return false;
    }

    private static IPAddress? Embedded(IPAddress address)
    {
        if (address.AddressFamily != AddressFamily.InterNetworkV6)
            return null;
        Span<byte> octets = stackalloc byte[16];
        address.TryWriteBytes(octets, out _);
        foreach (var (network, at) in Embedding)
        {
            if (network.Contains(address))
                return new IPAddress(octets.Slice(at, 4));
        }
        // ISATAP (RFC 5214 §6.1): under any prefix, an interface identifier of 0000:5efe or 0200:5efe and the address.
        return octets[8] is 0 or 2 && octets[9] == 0 && octets[10] == 0x5e && octets[11] == 0xfe ? new IPAddress(octets[12..]) : null;
    }

    private HashSet<IPAddress> Own()
    {
        lock (_gate)
        {
            if (!_isRead || time.GetElapsedTime(_readAt) >= OwnFor)
            {
                try
                {
                    _own = [.. own().Select(address => address.IsIPv4MappedToIPv6 ? address.MapToIPv4() : Unscoped(address))];
                    _isRead = true;
                }
                catch (NetworkInformationException) when (_isRead)
                {
                    // An interface went while it was looked at; the next look finds out.
                }
                _readAt = time.GetTimestamp();
            }
            return _own;
        }
    }

    private static IPAddress Unscoped(IPAddress address) =>
        address.AddressFamily == AddressFamily.InterNetworkV6 && address.ScopeId != 0 ? new IPAddress(address.GetAddressBytes()) : address;
}
