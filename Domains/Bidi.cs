namespace Slimta.Domains;

/// <summary>The rule for labels of a name that has right-to-left text (RFC 5893 §2), by the class letters of <see cref="IdnaTable"/>.</summary>
internal static class Bidi
{
    public static bool HasRightToLeft(string label) => Classes(label).AsSpan().ContainsAny("RAN");

    public static bool IsValid(string label)
    {
        var classes = Classes(label);
        if (classes.Length == 0)
            return false;
        var end = classes.AsSpan().TrimEnd('M');
        return classes[0] switch
        {
            'R' or 'A' => !classes.AsSpan().ContainsAnyExcept("RANESCTOBM") && end[^1] is 'R' or 'A' or 'E' or 'N'
                && !(classes.Contains('E', StringComparison.Ordinal) && classes.Contains('N', StringComparison.Ordinal)),
            'L' => !classes.AsSpan().ContainsAnyExcept("LESCTOBM") && end[^1] is 'L' or 'E',
            _ => false,
        };
    }

    private static string Classes(string label) => string.Concat(label.EnumerateRunes().Select(rune => IdnaTable.BidiClass(rune.Value)));
}
