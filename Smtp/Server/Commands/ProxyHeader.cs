using System.Buffers;
using System.Buffers.Binary;
using System.Globalization;
using System.Net;
using System.Net.Sockets;
using System.Text;

namespace Slimta.Smtp.Server;

/// <summary>The header that a proxy puts before the client's bytes: the PROXY protocol, versions 1 and 2.</summary>
/// <param name="Client">Null if the proxy speaks for itself, or knows no address of TCP.</param>
internal readonly record struct ProxyHeader(IPEndPoint? Client, IPEndPoint? Local)
{
    private const int MaxTextLength = 107;
    private const int BinaryPrefix = 16;

    private static ReadOnlySpan<byte> Signature => "\r\n\r\n\0\r\nQUIT\n"u8;

    /// <summary>Reads the header that <paramref name="input"/> starts with, and steps over it.</summary>
    /// <returns>True if it is whole; false if it is broken; null if more bytes are needed to tell.</returns>
    public static bool? TryRead(ref ReadOnlySequence<byte> input, out ProxyHeader header)
    {
        header = default;
        var start = input.Slice(0, Math.Min(input.Length, 232 + BinaryPrefix)).ToArray();
        if (start.Length == 0)
            return null;
        bool? result;
        int length;
        if (start[0] == Signature[0])
            result = TryReadBinary(start, out header, out length);
        else
            result = TryReadText(start, out header, out length);
        if (result != true)
            return result;
        if (input.Length < length)
            return null;
        input = input.Slice(length);
        return true;
    }

    private static bool? TryReadText(ReadOnlySpan<byte> start, out ProxyHeader header, out int length)
    {
        header = default;
        length = start.IndexOf((byte)'\n') + 1;
        if (!start.StartsWith("PROXY "u8[..Math.Min(start.Length, 6)]))
            return false;
        if (length == 0)
            return start.Length < MaxTextLength ? null : false;
        if (length is > MaxTextLength or < 8 || start[length - 2] != '\r')
            return false;
        var words = Encoding.ASCII.GetString(start[..(length - 2)]).Split(' ');
        if (words[1] == "UNKNOWN")
            return true;
        if (words.Length != 6 || words[1] is not ("TCP4" or "TCP6")
            || !TryEndpoint(words[2], words[4], words[1], out var client) || !TryEndpoint(words[3], words[5], words[1], out var local))
            return false;
        header = new(client, local);
        return true;
    }

    private static bool TryEndpoint(string address, string port, string protocol, out IPEndPoint? endpoint)
    {
        endpoint = null;
        if (!IPAddress.TryParse(address, out var ip) || !ushort.TryParse(port, NumberStyles.None, CultureInfo.InvariantCulture, out var number))
            return false;
        // IPAddress would also take "1" and "0x7f.1" for IPv4.
        if (protocol == "TCP4" ? ip.AddressFamily != AddressFamily.InterNetwork || ip.ToString() != address : ip.AddressFamily != AddressFamily.InterNetworkV6)
            return false;
        endpoint = new(ip, number);
        return true;
    }

    private static bool? TryReadBinary(ReadOnlySpan<byte> start, out ProxyHeader header, out int length)
    {
        header = default;
        length = 0;
        var known = Math.Min(start.Length, Signature.Length);
        if (!start[..known].SequenceEqual(Signature[..known]))
            return false;
        if (start.Length < BinaryPrefix)
            return null;
        length = BinaryPrefix + BinaryPrimitives.ReadUInt16BigEndian(start[14..]);
        switch (start[12])
        {
            case 0x20: // LOCAL: the proxy's own, such as a health check.
                return true;
            case 0x21:
                break;
            default:
                return false;
        }
        var size = start[13] switch
        {
            0x11 => 4,
            0x21 => 16,
            _ => 0, // UNSPEC, UNIX, datagrams: nothing that we can use.
        };
        if (size == 0)
            return true;
        if (length < BinaryPrefix + (2 * size) + 4)
            return false;
        if (start.Length < BinaryPrefix + (2 * size) + 4)
            return null;
        var addresses = start[BinaryPrefix..];
        var ports = addresses[(2 * size)..];
        header = new(
            new(new IPAddress(addresses[..size]), BinaryPrimitives.ReadUInt16BigEndian(ports)),
            new(new IPAddress(addresses.Slice(size, size)), BinaryPrimitives.ReadUInt16BigEndian(ports[2..])));
        return true;
    }
}
