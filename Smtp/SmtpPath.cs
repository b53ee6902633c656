namespace Slimta.Smtp;

/// <summary>
/// A path with its angle brackets (RFC 5321 §4.1.2). A source route is recognised and dropped, as RFC 5321 §3.6.1 and appendix C ask:
/// what counts is the mailbox behind it.
/// </summary>
internal static class SmtpPath
{
    /// <summary>Reads the path that <paramref name="text"/> starts with.</summary>
    /// <param name="lenient">Takes a path without brackets too, and an address as <see cref="SmtpMailbox.TryParseLenient"/> does.</param>
    /// <param name="mailbox">Null for the null path.</param>
    /// <param name="length">Where the path ends.</param>
    public static bool TryParse(ReadOnlySpan<char> text, bool lenient, out SmtpMailbox? mailbox, out int length)
    {
        mailbox = null;
        if (lenient && text.Length > 0 && text[0] != '<')
            return TryParseBare(text, out mailbox, out length);
        length = EndOf(text);
        if (length == 0)
            return false;
        var inner = text[1..(length - 1)];
        if (lenient)
            inner = inner.Trim(' ');
        if (inner.Length == 0)
            return true;
        if (inner[0] == '@' && !TryDropRoute(ref inner))
            return false;
        if (!(lenient ? SmtpMailbox.TryParseLenient(inner, out var parsed) : SmtpMailbox.TryParse(inner, out parsed)))
            return false;
        mailbox = parsed;
        return true;
    }

    /// <summary>An address that ends with the next space that is not quoted.</summary>
    private static bool TryParseBare(ReadOnlySpan<char> text, out SmtpMailbox? mailbox, out int length)
    {
        mailbox = null;
        var quoted = false;
        for (length = 0; length < text.Length && (quoted || text[length] != ' '); length++)
        {
            if (quoted && text[length] == '\\')
                length++;
            else if (text[length] == '"')
                quoted = !quoted;
        }
        if (length > text.Length || !SmtpMailbox.TryParseLenient(text[..length], out var parsed))
            return false;
        mailbox = parsed;
        return true;
    }

    /// <summary>The closing bracket, but not one within a quoted local part.</summary>
    private static int EndOf(ReadOnlySpan<char> text)
    {
        if (text.Length < 2 || text[0] != '<')
            return 0;
        var quoted = false;
        for (var i = 1; i < text.Length; i++)
        {
            if (quoted && text[i] == '\\')
                i++;
            else if (text[i] == '"')
                quoted = !quoted;
            else if (text[i] == '>' && !quoted)
                return i + 1;
        }
        return 0;
    }

    private static bool TryDropRoute(ref ReadOnlySpan<char> path)
    {
        var colon = RouteLength(path);
        if (colon < 0)
            return false;
        var route = path[..colon];
        path = path[(colon + 1)..];
        foreach (var range in route.Split(','))
        {
            var hop = route[range];
            if (hop.Length < 2 || hop[0] != '@' || !(SmtpMailbox.IsDomain(hop[1..]) || SmtpMailbox.IsLiteral(hop[1..])))
                return false;
        }
        return true;
    }

    /// <summary>The colon that ends the route; those within address literals do not.</summary>
    private static int RouteLength(ReadOnlySpan<char> path)
    {
        var literal = false;
        for (var i = 0; i < path.Length; i++)
        {
            if (path[i] is '[' or ']')
                literal = path[i] == '[';
            else if (path[i] == ':' && !literal)
                return i;
        }
        return -1;
    }
}
