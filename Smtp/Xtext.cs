using System.Globalization;
using System.Text;

namespace Slimta.Smtp;

/// <summary>The encoding of ENVID, ORCPT and AUTH values (RFC 3461 §4): printable ASCII, with "+", "=" and the rest as +HH.</summary>
public static class Xtext
{
    /// <param name="anyCase">Takes hexadecimal digits in lower case too, which RFC 3461 §4 does not have and some clients send.</param>
    public static bool IsValid(ReadOnlySpan<char> text, bool anyCase = false)
    {
        for (var i = 0; i < text.Length; i++)
        {
            if (text[i] is < '!' or > '~' or '=')
                return false;
            if (text[i] == '+' && !(i + 2 < text.Length && IsHex(text[i + 1], anyCase) && IsHex(text[i + 2], anyCase)))
                return false;
        }
        return true;
    }

    public static string Encode(string text)
    {
        var encoded = new StringBuilder(text.Length);
        foreach (var octet in Encoding.UTF8.GetBytes(text))
        {
            if (octet is >= (byte)'!' and <= (byte)'~' and not ((byte)'+' or (byte)'='))
                encoded.Append((char)octet);
            else
                encoded.Append('+').Append(octet.ToString("X2", CultureInfo.InvariantCulture));
        }
        return encoded.ToString();
    }

    /// <summary>utf-8-addr-xtext (RFC 6533 §3): an address of the type "utf-8" in ASCII, \x{HEX} for what is not printable.</summary>
    public static string EncodeUtf8(string address)
    {
        ArgumentNullException.ThrowIfNull(address);
        var encoded = new StringBuilder(address.Length);
        foreach (var rune in address.EnumerateRunes())
        {
            if (rune.Value is >= '!' and <= '~' and not ('+' or '=' or '\\'))
                encoded.Append((char)rune.Value);
            else
                encoded.Append(CultureInfo.InvariantCulture, $"\\x{{{rune.Value:X}}}");
        }
        return encoded.ToString();
    }

    /// <summary>Null if <paramref name="text"/> is not xtext.</summary>
    public static string? Decode(ReadOnlySpan<char> text)
    {
        if (!IsValid(text, anyCase: true))
            return null;
        var octets = new byte[text.Length];
        var length = 0;
        for (var i = 0; i < text.Length; i++)
        {
            if (text[i] != '+')
            {
                octets[length++] = (byte)text[i];
                continue;
            }
            octets[length++] = byte.Parse(text.Slice(i + 1, 2), NumberStyles.AllowHexSpecifier, CultureInfo.InvariantCulture);
            i += 2;
        }
        return Encoding.UTF8.GetString(octets.AsSpan(0, length));
    }

    private static bool IsHex(char c, bool anyCase) => anyCase ? char.IsAsciiHexDigit(c) : char.IsAsciiHexDigitUpper(c);
}
