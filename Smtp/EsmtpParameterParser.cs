using System.Collections.ObjectModel;

namespace Slimta.Smtp;

/// <summary>The parameters behind a path: <c>SP keyword[=value]</c>, any number (RFC 5321 §4.1.2).</summary>
internal static class EsmtpParameterParser
{
    private static readonly IReadOnlyDictionary<string, string> None = ReadOnlyDictionary<string, string>.Empty;

    /// <summary>Keyed by upper-case keyword; a keyword without a value maps to "". One that comes twice is an error.</summary>
    public static bool TryParse(ReadOnlySpan<char> text, out IReadOnlyDictionary<string, string> parameters)
    {
        parameters = None;
        text = text.TrimEnd(' ');
        if (text.Length == 0)
            return true;
        if (text[0] != ' ')
            return false;
        var found = new Dictionary<string, string>(StringComparer.Ordinal);
        foreach (var range in text.Split(' '))
        {
            var parameter = text[range];
            if (parameter.Length == 0)
                continue;
            var equals = parameter.IndexOf('=');
            var keyword = equals < 0 ? parameter : parameter[..equals];
            var value = equals < 0 ? "" : parameter[(equals + 1)..];
            if (!IsKeyword(keyword) || (equals >= 0 && !IsValue(value)))
                return false;
            if (!found.TryAdd(keyword.ToString().ToUpperInvariant(), value.ToString()))
                return false;
        }
        parameters = found;
        return true;
    }

    private static bool IsKeyword(ReadOnlySpan<char> text)
    {
        if (text.Length == 0 || text[0] == '-')
            return false;
        foreach (var c in text)
            if (!char.IsAsciiLetterOrDigit(c) && c != '-')
                return false;
        return true;
    }

    /// <summary>
    /// Graphic characters; UTF-8 too, which ORCPT may carry (RFC 6533 §3). RFC 5321 excludes "=", but RFC 4954 §5 has it in
    /// AUTH=&lt;&gt; values that encode nothing, and senders do not encode it in ENVID.
    /// </summary>
    private static bool IsValue(ReadOnlySpan<char> text)
    {
        foreach (var c in text)
            if (c is <= ' ' or '\x7f')
                return false;
        return text.Length > 0;
    }
}
