using System.Text;

namespace Slimta.Domains;

/// <summary>Normalization form C (UAX 15) of text, which string.Normalize does not make without ICU.</summary>
internal static class Normalization
{
    // Hangul syllables are composed by arithmetic (The Unicode Standard, §3.12).
    private const int SBase = 0xAC00;
    private const int LBase = 0x1100;
    private const int VBase = 0x1161;
    private const int TBase = 0x11A7;
    private const int LCount = 19;
    private const int VCount = 21;
    private const int TCount = 28;
    private const int SCount = LCount * VCount * TCount;

    public static string Compose(string text)
    {
        var points = new List<int>(text.Length);
        foreach (var rune in text.EnumerateRunes())
            Decompose(rune.Value, points);
        Order(points);
        var composed = new StringBuilder(points.Count);
        foreach (var point in Compose(points))
            composed.Append(new Rune(point).ToString());
        return composed.ToString();
    }

    private static void Decompose(int point, List<int> into)
    {
        if (point is >= SBase and < SBase + SCount)
        {
            var syllable = point - SBase;
            into.Add(LBase + (syllable / (VCount * TCount)));
            into.Add(VBase + (syllable % (VCount * TCount) / TCount));
            if (syllable % TCount > 0)
                into.Add(TBase + (syllable % TCount));
        }
        else if (IdnaTable.TryDecompose(point, out var first, out var second))
        {
            Decompose(first, into);
            into.Add(second);
        }
        else
            into.Add(point);
    }

    /// <summary>Combining marks behind a letter stand in the order of their classes.</summary>
    private static void Order(List<int> points)
    {
        for (var i = 1; i < points.Count; i++)
        {
            var mark = IdnaTable.CombiningClass(points[i]);
            for (var at = i; mark > 0 && at > 0 && IdnaTable.CombiningClass(points[at - 1]) > mark; at--)
                (points[at], points[at - 1]) = (points[at - 1], points[at]);
        }
    }

    private static List<int> Compose(List<int> points)
    {
        var result = new List<int>(points.Count);
        var (starter, lastClass) = (-1, 0);
        foreach (var point in points)
        {
            var mark = IdnaTable.CombiningClass(point);
            var isBlocked = starter < 0 || (result.Count - 1 > starter && (lastClass == 0 || lastClass >= mark));
            if (!isBlocked && Pair(result[starter], point) is { } composed)
            {
                result[starter] = composed;
                continue;
            }
            if (mark == 0)
                starter = result.Count;
            lastClass = mark;
            result.Add(point);
        }
        return result;
    }

    private static int? Pair(int first, int second)
    {
        if (first is >= LBase and < LBase + LCount && second is >= VBase and < VBase + VCount)
            return SBase + ((((first - LBase) * VCount) + (second - VBase)) * TCount);
        if (first is >= SBase and < SBase + SCount && (first - SBase) % TCount == 0 && second is > TBase and < TBase + TCount)
            return first + second - TBase;
        return IdnaTable.TryCompose(first, second, out var composed) ? composed : null;
    }
}
