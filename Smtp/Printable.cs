using System.Globalization;

namespace Slimta.Smtp;

/// <summary>
/// Makes text that a client or a remote chose safe to show in a log, a trace, a terminal, a page or a header: one line, in which nothing
/// moves a cursor, changes the direction of what follows, or is half a character.
/// </summary>
public static class Printable
{
    /// <returns>The text itself where all of it may be shown; else with a question mark for each character that may not.</returns>
    public static string Text(string text)
    {
        ArgumentNullException.ThrowIfNull(text);
        if (!text.AsSpan().ContainsAnyExceptInRange(' ', '~'))
            return text;
        for (var i = 0; i < text.Length; i++)
        {
            if (!IsShown(text, i))
                return Replace(text);
        }
        return text;
    }

    private static string Replace(string text) => string.Create(text.Length, text, static (to, from) =>
    {
        for (var i = 0; i < to.Length; i++)
            to[i] = IsShown(from, i) ? from[i] : '?';
    });

    private static bool IsShown(string text, int at)
    {
        if (char.IsSurrogate(text[at]))
        {
            var pair = char.IsHighSurrogate(text[at]) ? at : at - 1;
            return pair >= 0 && pair + 1 < text.Length && char.IsSurrogatePair(text[pair], text[pair + 1]) && IsShown(CharUnicodeInfo.GetUnicodeCategory(text, pair));
        }
        // ZWNJ and ZWJ belong to words of several scripts.
        return text[at] is '\u200C' or '\u200D' || IsShown(CharUnicodeInfo.GetUnicodeCategory(text[at]));
    }

    /// <summary>Controls are C0, DEL and C1 (an 8-bit terminal takes U+009B for ESC [); formats are the marks of direction and their like.</summary>
    private static bool IsShown(UnicodeCategory category) => category is not
        (UnicodeCategory.Control or UnicodeCategory.Format or UnicodeCategory.LineSeparator or UnicodeCategory.ParagraphSeparator or UnicodeCategory.Surrogate);
}
