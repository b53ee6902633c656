using System.Globalization;
using System.Text.Json;

namespace Slimta.EndToEnd.Bench.Report;

/// <summary>The last run, which is kept, and the pages that show it.</summary>
internal static class Pages
{
    private const string Begin = "<!-- run.sh writes from here -->";
    private const string End = "<!-- to here -->";

    private static readonly string Folder = Path.GetFullPath(Path.Combine(AppContext.BaseDirectory, "../../.."));
    private static readonly string Results = Path.Combine(Folder, "results");
    private static readonly JsonSerializerOptions Json = new() { WriteIndented = true };

    /// <summary>In place of the one before.</summary>
    public static void Keep(Run run)
    {
        Directory.CreateDirectory(Results);
        foreach (var old in Directory.EnumerateFiles(Results, "*.json"))
            File.Delete(old);
        var name = run.Started.ToString("yyyyMMdd-HHmmss", CultureInfo.InvariantCulture) + ".json";
        File.WriteAllText(Path.Combine(Results, name), JsonSerializer.Serialize(run, Json) + "\n");
    }

    public static void Write()
    {
        var runs = Directory.EnumerateFiles(Results, "*.json").Order(StringComparer.Ordinal)
            .Select(file => JsonSerializer.Deserialize<Run>(File.ReadAllText(file), Json)!).ToList();
        var tables = new Tables(runs);
        File.WriteAllText(Path.Combine(Folder, "delivered.svg"), Chart.Draw(runs));
        Put(Path.Combine(Folder, "README.md"), tables.All());
        Put(Path.Combine(Folder, "../README.md"), tables.Headline());
    }

    private static void Put(string page, string text)
    {
        var all = File.ReadAllText(page);
        var (begin, end) = (all.IndexOf(Begin, StringComparison.Ordinal), all.IndexOf(End, StringComparison.Ordinal));
        if (begin < 0 || end < begin)
            throw new InvalidOperationException($"{page} has no '{Begin}' with a '{End}' after it");
        File.WriteAllText(page, $"{all[..(begin + Begin.Length)]}\n\n{text}\n{all[end..]}");
    }
}
