namespace Slimta.Smtp;

/// <summary>Classifies lines of a header. All code that looks at headers uses it, so that all find the same end.</summary>
internal static class HeaderLine
{
    /// <summary>
    /// The name of the field that <paramref name="line"/> begins; false if it begins none. White space before the colon is not the
    /// name's (RFC 5322 §4.5).
    /// </summary>
    public static bool TryReadName(ReadOnlySpan<byte> line, out ReadOnlySpan<byte> name, out ReadOnlySpan<byte> value)
    {
        name = value = default;
        var colon = line.IndexOf((byte)':');
        if (colon <= 0)
            return false;
        name = line[..colon].TrimEnd(" \t"u8);
        value = line[(colon + 1)..];
        return !name.IsEmpty && !name.ContainsAnyExceptInRange((byte)'!', (byte)'~');
    }

    /// <summary>The line that mbox files put before a message, and its quoted form: "From a@b Thu Nov 26 ...", ">From ...".</summary>
    public static bool IsMailboxLine(ReadOnlySpan<byte> line) => line.TrimStart((byte)'>').StartsWith("From "u8);
}
