using System.Text;
using MimeKit.Utils;
using Slimta.Smtp;

namespace Slimta.Edge.Intake;

/// <summary>A header field's value as operators search for it: unfolded, decoded (RFC 2047), one line, and not too long.</summary>
internal static class HeaderText
{
    /// <summary>Of the field as it came: a decoder's time may grow with its square.</summary>
    private const int MostBytes = 1024;

    /// <summary>Characters that are kept with each message.</summary>
    private const int MostSubject = 200;
    private const int MostMessageId = 250;

    public static string? Subject(ReadOnlySpan<byte> value)
    {
        if (value.Length > MostBytes)
            value = value[..MostBytes];
        var text = value.IndexOf("=?"u8) >= 0 ? Rfc2047.DecodeText(value.ToArray()) : Encoding.UTF8.GetString(value);
        return Line(text, MostSubject);
    }

    /// <summary>Without its angle brackets (RFC 5322 §3.6.4).</summary>
    public static string? MessageId(ReadOnlySpan<byte> value)
    {
        value = value.Trim(" \t\r\n"u8).TrimStart((byte)'<');
        var end = value.IndexOfAny("> \t\r\n"u8);
        return Line(Encoding.UTF8.GetString(end < 0 ? value[..Math.Min(value.Length, MostBytes)] : value[..Math.Min(end, MostBytes)]), MostMessageId);
    }

    private static string? Line(string text, int most)
    {
        var line = text.Trim();
        // Folds and runs of white space are one space.
        if (line.AsSpan().ContainsAnyExceptInRange(' ', '~') || line.Contains("  ", StringComparison.Ordinal))
            line = string.Join(' ', line.Split((char[]?)null, StringSplitOptions.RemoveEmptyEntries));
        if (line.Length > most)
            line = line[..(char.IsHighSurrogate(line[most - 1]) ? most - 1 : most)];
        return line.Length == 0 ? null : Printable.Text(line);
    }
}
