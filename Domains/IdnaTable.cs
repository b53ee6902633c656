using System.Globalization;
using System.Text;

namespace Slimta.Domains;

/// <summary>What Unicode says of characters in domain names: idna.txt, read when the first such domain comes.</summary>
internal static class IdnaTable
{
    private sealed record Tables(
        List<(int Start, char Kind, string Text)> Map, Runs Classes, Runs Joining, Runs Bidi,
        Dictionary<int, (int, int)> Parts, Dictionary<(int, int), int> Pairs);

    private static readonly Lazy<Tables> Loaded = new(Load);

    /// <summary>V: stays; M: becomes the text; I: goes; X: is not allowed.</summary>
    public static (char Kind, string Text) Map(int point)
    {
        var map = Loaded.Value.Map;
        var (low, high) = (0, map.Count - 1);
        while (low < high)
        {
            var middle = (low + high + 1) / 2;
            if (map[middle].Start <= point)
                low = middle;
            else
                high = middle - 1;
        }
        return (map[low].Kind, map[low].Text);
    }

    public static int CombiningClass(int point) =>
        Loaded.Value.Classes.Find(point) is { } value ? int.Parse(value, CultureInfo.InvariantCulture) : 0;

    /// <summary>The joining type, as one letter; U where there is none.</summary>
    public static char Joining(int point) => Loaded.Value.Joining.Find(point)?[0] ?? 'U';

    /// <summary>L, R, A(L), (A)N, E(N), (E)S, C(S), (E)T, O(N), B(N), (NS)M.</summary>
    public static char BidiClass(int point) => Loaded.Value.Bidi.Find(point)?[0] ?? 'L';

    public static bool TryDecompose(int point, out int first, out int second)
    {
        var found = Loaded.Value.Parts.TryGetValue(point, out var parts);
        (first, second) = parts;
        return found;
    }

    public static bool TryCompose(int first, int second, out int composed) => Loaded.Value.Pairs.TryGetValue((first, second), out composed);

    private static Tables Load()
    {
        using var stream = typeof(IdnaTable).Assembly.GetManifestResourceStream("Slimta.Domains.idna.txt")!;
        using var reader = new StreamReader(stream, Encoding.UTF8);
        var sections = reader.ReadToEnd().Split('\n', StringSplitOptions.RemoveEmptyEntries)
            .Where(line => line[0] != '#').Select(line => line.Split(' ')).ToDictionary(line => line[0], line => line[1..]);
        var pairs = sections["compose"].Select(entry => entry.Split('=', '+').Select(Hex).ToArray()).ToArray();
        return new(
            [.. sections["map"].Select(Mapping)], new(sections["class"]), new(sections["joining"]), new(sections["bidi"]),
            pairs.ToDictionary(pair => pair[0], pair => (pair[1], pair[2])), pairs.ToDictionary(pair => (pair[1], pair[2]), pair => pair[0]));
    }

    private static (int, char, string) Mapping(string entry)
    {
        var kind = entry.AsSpan().IndexOfAny("VMIX");
        return (Hex(entry[..kind]), entry[kind], entry[(kind + 1)..]);
    }

    private static int Hex(string digits) => int.Parse(digits, NumberStyles.AllowHexSpecifier, CultureInfo.InvariantCulture);

    /// <summary>Ranges of code points that share a value, in order.</summary>
    private sealed class Runs
    {
        private readonly int[] _starts;
        private readonly (int End, string Value)[] _runs;

        public Runs(string[] entries)
        {
            var parsed = entries.Select(entry => entry.Split('-', '=')).ToArray();
            _starts = [.. parsed.Select(part => Hex(part[0]))];
            _runs = [.. parsed.Select(part => (Hex(part[1]), part[2]))];
        }

        public string? Find(int point)
        {
            var at = Array.BinarySearch(_starts, point);
            at = at < 0 ? ~at - 1 : at;
            return at >= 0 && point <= _runs[at].End ? _runs[at].Value : null;
        }
    }
}
