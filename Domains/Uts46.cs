using System.Globalization;
using System.Text;

namespace Slimta.Domains;

/// <summary>
/// ToASCII of UTS 46, as browsers use it: non-transitional, with the rules for joiners (RFC 5892 appendix A) and bidirectional text
/// (RFC 5893 §2). .NET's IdnMapping leaves all of this to ICU, which a host with InvariantGlobalization does not have: there it maps
/// nothing, and "BÜCHER" and "bücher" become two domains.
/// </summary>
internal static class Uts46
{
    private const int ZeroWidthNonJoiner = 0x200C;
    private const int ZeroWidthJoiner = 0x200D;

    /// <summary>Null if <paramref name="domain"/> has no A-labels.</summary>
    public static string? ToAscii(string domain)
    {
        if (Map(domain) is not { } mapped)
            return null;
        var labels = Normalization.Compose(mapped).Split('.');
        var isBidi = labels.Any(Bidi.HasRightToLeft);
        for (var i = 0; i < labels.Length; i++)
        {
            if (Ascii.IsValid(labels[i]) && !isBidi)
                continue;
            if (!IsValid(labels[i]) || (isBidi && !Bidi.IsValid(labels[i])))
                return null;
            if (!Ascii.IsValid(labels[i]))
                labels[i] = "xn--" + Punycode.Encode([.. Points(labels[i])]);
        }
        return string.Join('.', labels);
    }

    /// <summary>Every character replaced by what it maps to; null if one is not allowed.</summary>
    public static string? Map(string text)
    {
        var mapped = new StringBuilder(text.Length + 8);
        foreach (var rune in text.EnumerateRunes())
        {
            var (kind, replacement) = IdnaTable.Map(rune.Value);
            if (kind == 'X' || (rune == Rune.ReplacementChar))
                return null;
            if (kind == 'V')
                mapped.Append(rune.ToString());
            else if (kind == 'M')
                mapped.Append(replacement);
        }
        return mapped.ToString();
    }

    /// <summary>What UTS 46 §4.1 asks of a label that is mapped and composed.</summary>
    private static bool IsValid(string label)
    {
        if (label.Length == 0 || label[0] == '-' || label[^1] == '-')
            return false;
        if (Rune.GetUnicodeCategory(Rune.GetRuneAt(label, 0)) is UnicodeCategory.NonSpacingMark or UnicodeCategory.SpacingCombiningMark or UnicodeCategory.EnclosingMark)
            return false;
        var points = Points(label).ToArray();
        for (var i = 0; i < points.Length; i++)
        {
            if (IdnaTable.Map(points[i]).Kind != 'V' || (points[i] is ZeroWidthJoiner or ZeroWidthNonJoiner && !IsJoinerAllowed(points, i)))
                return false;
        }
        return true;
    }

    /// <summary>RFC 5892 appendix A.1 and A.2: behind a virama, or for the non-joiner between letters that would join.</summary>
    private static bool IsJoinerAllowed(int[] points, int at)
    {
        const int Virama = 9;
        if (at > 0 && IdnaTable.CombiningClass(points[at - 1]) == Virama)
            return true;
        if (points[at] == ZeroWidthJoiner)
            return false;
        var before = points[..at].Reverse().Select(IdnaTable.Joining).SkipWhile(type => type == 'T').FirstOrDefault();
        var after = points[(at + 1)..].Select(IdnaTable.Joining).SkipWhile(type => type == 'T').FirstOrDefault();
        return before is 'L' or 'D' && after is 'R' or 'D';
    }

    private static IEnumerable<int> Points(string label) => label.EnumerateRunes().Select(rune => rune.Value);
}
