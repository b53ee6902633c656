using System.Globalization;
using System.Text.Json.Nodes;

namespace Slimta.Cli;

/// <summary>Text from outside, safe to show on a terminal: nothing moves a cursor or turns the direction of what follows.</summary>
internal static class Text
{
    public static string Of(JsonNode? value) => value is null ? "" : Printable(value.ToString());

    /// <summary>The null reverse-path as RFC 5321 writes it; nothing where no sender is told.</summary>
    public static string Sender(JsonNode? value) => value is null ? "" : Of(value) is { Length: > 0 } address ? address : "<>";

    public static string Time(JsonNode? value) => value is JsonValue time && time.TryGetValue(out DateTimeOffset at)
        ? at.UtcDateTime.ToString("yyyy-MM-dd HH:mm:ss'Z'", CultureInfo.InvariantCulture) : Of(value);

    public static string Bytes(JsonNode? value)
    {
        if (value is not JsonValue number || !number.TryGetValue(out long bytes))
            return "";
        return bytes switch
        {
            < 1024 => $"{bytes} B",
            < 1024 * 1024 => string.Create(CultureInfo.InvariantCulture, $"{bytes / 1024.0:F1} KiB"),
            < 1024 * 1024 * 1024 => string.Create(CultureInfo.InvariantCulture, $"{bytes / 1048576.0:F1} MiB"),
            _ => string.Create(CultureInfo.InvariantCulture, $"{bytes / 1073741824.0:F1} GiB"),
        };
    }

    public static string Messages(long n) => string.Create(CultureInfo.InvariantCulture, $"{n} {(n == 1 ? "message" : "messages")}");

    public static string Printable(string text) => string.Concat(text.EnumerateRunes().Select(rune => System.Text.Rune.GetUnicodeCategory(rune) is
        UnicodeCategory.Control or UnicodeCategory.Format or UnicodeCategory.LineSeparator or UnicodeCategory.ParagraphSeparator or UnicodeCategory.Surrogate
            ? "?" : rune.ToString()));
}
