using System.Globalization;
using System.Text;
using Slimta.Domains;

namespace Slimta.Smtp;

/// <summary>
/// Characters with which a local part looks like another, or becomes another at a host that normalises it: a full-width "@", "%" or
/// "!" is an ASCII one then, and sends the mail on; those of no width and those that turn the direction of text are not seen.
/// </summary>
internal static class DeceptiveText
{
    public static bool IsIn(string localPart)
    {
        if (Ascii.IsValid(localPart))
            return false;
        foreach (var rune in localPart.EnumerateRunes())
        {
            if (rune.IsAscii)
                continue;
            var (kind, text) = IdnaTable.Map(rune.Value);
            if (kind == 'I' || Rune.GetUnicodeCategory(rune) == UnicodeCategory.Format || text.Any(c => c <= '~' && !char.IsAsciiLetterOrDigit(c)))
                return true;
        }
        return false;
    }
}
