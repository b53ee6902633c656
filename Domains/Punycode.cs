using System.Text;

namespace Slimta.Domains;

/// <summary>RFC 3492 §6.3, without the prefix.</summary>
internal static class Punycode
{
    private const int Base = 36;
    private const int TMin = 1;
    private const int TMax = 26;
    private const int InitialBias = 72;
    private const int InitialN = 128;

    public static string Encode(ReadOnlySpan<int> points)
    {
        var text = new StringBuilder(points.Length * 2);
        foreach (var point in points)
            if (point < InitialN)
                text.Append((char)point);
        var basic = text.Length;
        if (basic > 0)
            text.Append('-');
        var (n, delta, bias) = (InitialN, 0L, InitialBias);
        for (var handled = basic; handled < points.Length;)
        {
            var next = int.MaxValue;
            foreach (var point in points)
                if (point >= n && point < next)
                    next = point;
            delta += (long)(next - n) * (handled + 1);
            n = next;
            foreach (var point in points)
            {
                if (point < n)
                    delta++;
                if (point != n)
                    continue;
                AppendDelta(text, delta, bias);
                bias = Adapt(delta, handled + 1, first: handled == basic);
                delta = 0;
                handled++;
            }
            delta++;
            n++;
        }
        return text.ToString();
    }

    private static void AppendDelta(StringBuilder text, long delta, int bias)
    {
        for (var k = Base; ; k += Base)
        {
            var t = Math.Clamp(k - bias, TMin, TMax);
            if (delta < t)
                break;
            text.Append(Digit((int)(t + ((delta - t) % (Base - t)))));
            delta = (delta - t) / (Base - t);
        }
        text.Append(Digit((int)delta));
    }

    private static int Adapt(long delta, int points, bool first)
    {
        const int Damp = 700;
        const int Skew = 38;
        delta = first ? delta / Damp : delta / 2;
        delta += delta / points;
        var k = 0;
        for (; delta > (Base - TMin) * TMax / 2; k += Base)
            delta /= Base - TMin;
        return k + (int)((Base - TMin + 1) * delta / (delta + Skew));
    }

    private static char Digit(int value) => (char)(value < 26 ? 'a' + value : '0' + value - 26);
}
