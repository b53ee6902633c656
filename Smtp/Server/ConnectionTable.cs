using System.Collections.Concurrent;
using System.Net;

namespace Slimta.Smtp.Server;

/// <summary>How many connections there are, in total and by address (by /64 for IPv6, which is what one client has).</summary>
internal sealed class ConnectionTable(SmtpServerOptions options)
{
    private readonly ConcurrentDictionary<UInt128, int> _byAddress = new();
    private int _total;

    public int Total => Volatile.Read(ref _total);

    /// <summary>Counts a connection in; always undo it by <see cref="Leave()"/>.</summary>
    public bool TryEnter() => Interlocked.Increment(ref _total) <= options.Limits.MaxConnections;

    public void Leave() => Interlocked.Decrement(ref _total);

    /// <summary>Counts a client in, once its address is known.</summary>
    /// <param name="key">Pass it to <see cref="Leave(UInt128)"/>; null if the client is not counted.</param>
    public bool TryEnter(IPAddress address, out UInt128? key)
    {
        key = null;
        if (options.IsExempt(address))
            return true;
        var counted = KeyOf(address);
        if (_byAddress.AddOrUpdate(counted, 1, static (_, count) => count + 1) <= options.Limits.MaxConnectionsPerAddress)
        {
            key = counted;
            return true;
        }
        Leave(counted);
        return false;
    }

    public void Leave(UInt128 key)
    {
        while (_byAddress.TryGetValue(key, out var count))
        {
            if (count > 1 ? _byAddress.TryUpdate(key, count - 1, count) : _byAddress.TryRemove(new(key, count)))
                return;
        }
    }

    /// <summary>One client: an address, or its /64 for IPv6.</summary>
    public static UInt128 KeyOf(IPAddress address)
    {
        Span<byte> octets = stackalloc byte[16];
        address.MapToIPv6().TryWriteBytes(octets, out _);
        var mapped = address.IsIPv4MappedToIPv6 || address.AddressFamily == System.Net.Sockets.AddressFamily.InterNetwork;
        if (!mapped)
            octets[8..].Clear();
        return System.Buffers.Binary.BinaryPrimitives.ReadUInt128BigEndian(octets);
    }
}
