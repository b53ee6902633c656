using System.Text;

namespace Slimta.Edge.Access;

/// <summary>
/// Every address that a reader might take for the author of a message. Readers differ over fields that RFC 5322 does not allow, so
/// this takes all that looks like an address, wherever one of them could look.
/// </summary>
internal static class FromField
{
    /// <summary>The addresses of the header's one From field; null if there is none or more than one, or it cannot be taken apart.</summary>
    public static IReadOnlyList<string>? Read(ReadOnlySpan<byte> header)
    {
        string? found = null;
        while (!header.IsEmpty)
        {
            var field = Next(ref header);
            var colon = field.IndexOf((byte)':');
            if (colon < 0 || !Ascii.EqualsIgnoreCase(field[..colon].Trim(" \t"u8), "From"u8))
                continue;
            if (found is not null)
                return null;
            found = Encoding.UTF8.GetString(field[(colon + 1)..]);
        }
        return found is null ? null : Addresses(found);
    }

    /// <summary>A field with the lines that go on from it.</summary>
    private static ReadOnlySpan<byte> Next(ref ReadOnlySpan<byte> header)
    {
        var end = 0;
        do
        {
            var line = header[end..].IndexOf((byte)'\n');
            end = line < 0 ? header.Length : end + line + 1;
        }
        while (end < header.Length && header[end] is (byte)' ' or (byte)'\t');
        var field = header[..end];
        header = header[end..];
        return field;
    }

    private static List<string>? Addresses(string value)
    {
        if (Bare(value) is not { } bare)
            return null;
        var addresses = new List<string>();
        foreach (var word in bare.Split([',', ';', ':', '<', '>', ' '], StringSplitOptions.RemoveEmptyEntries))
            if (word.Contains('@', StringComparison.Ordinal))
                addresses.Add(word);
        return addresses.Count == 0 ? null : addresses;
    }

    /// <summary>Without comments and white space about "@" and "."; what is quoted is one "?"; null if a quote or a comment does not end.</summary>
    private static string? Bare(string value)
    {
        var bare = new StringBuilder(value.Length);
        var (depth, quoted) = (0, false);
        for (var i = 0; i < value.Length; i++)
        {
            var c = value[i];
            if (c == '\\' && (quoted || depth > 0))
                i++;
            else if (c == '"' && depth == 0)
            {
                quoted = !quoted;
                if (quoted)
                    bare.Append('?');
            }
            else if (quoted)
                continue;
            else if (c is '(' or ')')
            {
                depth += c == '(' ? 1 : -1;
                if (depth < 0)
                    return null;
            }
            else if (depth == 0)
                Append(bare, char.IsWhiteSpace(c) || char.IsControl(c) ? ' ' : c);
        }
        return quoted || depth > 0 ? null : bare.ToString();
    }

    private static void Append(StringBuilder bare, char c)
    {
        var last = bare.Length == 0 ? ' ' : bare[^1];
        if (c == ' ' && last is ' ' or '@' or '.')
            return;
        if (c is '@' && last == ' ' && bare.Length > 0)
            bare.Length--;
        bare.Append(c);
    }
}
