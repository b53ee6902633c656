using System.Diagnostics.CodeAnalysis;
using System.Net;
using System.Net.Sockets;
using System.Text;

namespace Slimta.Domains;

/// <summary>
/// The one form in which domains are compared: A-labels in lower case, as a browser makes them (UTS 46, non-transitional), so that
/// "BÜCHER.example", "bücher.example" with a decomposed letter, and "xn--bcher-kva.example" are one domain. An address literal has
/// its address in the usual form.
/// </summary>
public static class DomainName
{
    /// <summary>Octets of a name in text: 255 in the DNS, less the length of the first label and the root (RFC 1035 §2.3.4).</summary>
    public const int MaxLength = 253;

    private const int MaxLabelLength = 63;

    /// <summary>Below these no name is in the public DNS (RFC 6761 §6.3, RFC 6762 §3, RFC 8375, ICANN for "internal"; "localdomain" and "lan" by custom).</summary>
    private static readonly string[] Local = [".localhost", ".localdomain", ".local", ".internal", ".home.arpa", ".lan"];

    private static readonly System.Buffers.SearchValues<char> LiteralV4 = System.Buffers.SearchValues.Create("0123456789.");

    /// <summary>The form in which <paramref name="domain"/> is compared; null if it is not a domain or an address literal.</summary>
    public static string? Normalize(string? domain)
    {
        if (string.IsNullOrEmpty(domain))
            return null;
        if (domain[0] == '[')
            return TryParseLiteral(domain, out var address) ? Literal(address) : null;
        var name = domain[^1] == '.' ? domain[..^1] : domain;
        if (Ascii.IsValid(name))
            return IsAsciiDomain(name) ? name.ToLowerInvariant() : null;
        return Uts46.ToAscii(name) is { } ascii && IsAsciiDomain(ascii) ? ascii : null;
    }

    /// <summary>As <see cref="Normalize"/>, for configuration that may also say "*.example.com" for subdomains, or "*" for the rest.</summary>
    public static string? NormalizePattern(string? pattern) => pattern switch
    {
        "*" => pattern,
        ['*', '.', .. var parent] => Normalize(parent) is { } normal && normal[0] != '[' ? $"*.{normal}" : null,
        _ => Normalize(pattern),
    };

    /// <summary>True if both are the same domain.</summary>
    public static bool AreEqual(string? one, string? other) =>
        string.Equals(one, other, StringComparison.OrdinalIgnoreCase)
        || (Normalize(one) is { } normal && string.Equals(normal, Normalize(other), StringComparison.Ordinal));

    /// <summary>The domain of an address in its normal form; as it is where it has none, "" where there is no domain.</summary>
    public static string OfAddress(string address)
    {
        ArgumentNullException.ThrowIfNull(address);
        var at = address.LastIndexOf('@');
        return at < 0 ? "" : Normalize(address[(at + 1)..]) ?? address[(at + 1)..];
    }

    /// <summary>The address with its domain in A-labels, and its local part as it is; null if the domain has no normal form.</summary>
    public static string? WithAsciiDomain(string address)
    {
        ArgumentNullException.ThrowIfNull(address);
        var at = address.LastIndexOf('@');
        if (at < 0 || Ascii.IsValid(address.AsSpan(at)))
            return address;
        return Normalize(address[(at + 1)..]) is { } domain ? $"{address[..at]}@{domain}" : null;
    }

    /// <summary>A domain of letters, digits, hyphens and U-labels; underscores too, which are in use. Its A-labels are what is measured.</summary>
    public static bool IsDomain(ReadOnlySpan<char> text) =>
        Ascii.IsValid(text) ? IsAsciiDomain(text) : text[^1] != '.' && Uts46.ToAscii(text.ToString()) is { } ascii && IsAsciiDomain(ascii);

    /// <summary>True for a name that the public DNS can have, and for an address literal, which needs none (RFC 5321 §4.1.4).</summary>
    public static bool IsFullyQualified(string name)
    {
        if (Normalize(name) is not { } normal || normal[0] == '[')
            return name.StartsWith('[');
        // No top-level domain is a number; 192.0.2.1 is an address without its brackets.
        var last = normal.LastIndexOf('.') + 1;
        return last > 0 && normal.AsSpan(last).ContainsAnyExceptInRange('0', '9')
            && !Array.Exists(Local, parent => normal.EndsWith(parent, StringComparison.Ordinal));
    }

    /// <summary>An IPv4 or IPv6 address literal with its brackets (RFC 5321 §4.1.3).</summary>
    public static bool TryParseLiteral(ReadOnlySpan<char> text, [NotNullWhen(true)] out IPAddress? address)
    {
        address = null;
        if (text.Length < 3 || text[0] != '[' || text[^1] != ']')
            return false;
        var inner = text[1..^1];
        if (inner.StartsWith("IPv6:", StringComparison.OrdinalIgnoreCase))
            return !inner.ContainsAny('%', '[') && IPAddress.TryParse(inner[5..], out address) && address.AddressFamily == AddressFamily.InterNetworkV6;
        // IPAddress would also take "1" and "0x7f.1"; a literal has four numbers.
        return inner.Count('.') == 3 && inner.IndexOfAnyExcept(LiteralV4) < 0
            && IPAddress.TryParse(inner, out address) && address.AddressFamily == AddressFamily.InterNetwork;
    }

    /// <summary>The literal of an address (RFC 5321 §4.1.3).</summary>
    public static string Literal(IPAddress address)
    {
        ArgumentNullException.ThrowIfNull(address);
        return address.AddressFamily == AddressFamily.InterNetworkV6 ? $"[IPv6:{address}]" : $"[{address}]";
    }

    private static bool IsAsciiDomain(ReadOnlySpan<char> text)
    {
        if (text.Length is 0 or > MaxLength)
            return false;
        foreach (var range in text.Split('.'))
        {
            var label = text[range];
            if (label.Length is 0 or > MaxLabelLength || label[0] == '-' || label[^1] == '-')
                return false;
            foreach (var c in label)
                if (!(char.IsAsciiLetterOrDigit(c) || c is '-' or '_'))
                    return false;
        }
        return true;
    }
}
