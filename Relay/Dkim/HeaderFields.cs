using System.Text;

namespace Slimta.Relay.Dkim;

/// <summary>The fields of a header as they stand, for signing: nothing is decoded.</summary>
internal static class HeaderFields
{
    /// <summary>Splits a header, which ends with its last field, into fields with their names.</summary>
    public static List<(string Name, string Raw)> Split(string header)
    {
        var fields = new List<(string, string)>();
        var start = 0;
        while (start < header.Length)
        {
            var end = header.IndexOf("\r\n", start, StringComparison.Ordinal);
            while (end >= 0 && end + 2 < header.Length && header[end + 2] is ' ' or '\t')
                end = header.IndexOf("\r\n", end + 2, StringComparison.Ordinal);
            var raw = end < 0 ? header[start..] : header[start..end];
            start = end < 0 ? header.Length : end + 2;
            if (raw.IndexOf(':', StringComparison.Ordinal) is var colon and > 0)
                fields.Add((raw[..colon].TrimEnd(), raw));
        }
        return fields;
    }

    /// <summary>RFC 6376 §3.4.2: name in lower case, unfolded, runs of white space one space, none at the ends. Without CRLF.</summary>
    public static string Relax(string raw)
    {
        var colon = raw.IndexOf(':', StringComparison.Ordinal);
        var relaxed = new StringBuilder(raw.Length).Append(raw[..colon].TrimEnd().ToLowerInvariant()).Append(':');
        var (space, any) = (false, false);
        foreach (var c in raw.AsSpan(colon + 1))
        {
            if (c is ' ' or '\t' or '\r' or '\n')
            {
                space = true;
                continue;
            }
            if (space && any)
                relaxed.Append(' ');
            (space, any) = (false, true);
            relaxed.Append(c);
        }
        return relaxed.ToString();
    }
}
