using System.Globalization;
using System.Text;

namespace Slimta.Standalone;

/// <summary>Copies of damaged data, each in a folder with the time in its name: for experts who can make more of them.</summary>
internal static class Aside
{
    public const string Prefix = "damaged-";
    private const string Report = "damage.txt";

    /// <summary>Copies what Garnet has, once for each kind of damage: a service manager may start us again and again.</summary>
    /// <returns>The folder.</returns>
    public static string Keep(string folder, IReadOnlyList<Damage> damage, DateTimeOffset now)
    {
        var text = new StringBuilder();
        foreach (var one in damage)
            text.Append(CultureInfo.InvariantCulture, $"{one.File} {one.What} (from byte {one.From})\n");
        var kept = Directory.EnumerateDirectories(folder, Prefix + "*").FirstOrDefault(path =>
            File.Exists(Path.Combine(path, Report)) && File.ReadAllText(Path.Combine(path, Report)) == text.ToString());
        if (kept is not null)
            return kept;
        var aside = Path.Combine(folder, Prefix + now.UtcDateTime.ToString("yyyyMMdd'T'HHmmss'Z'", CultureInfo.InvariantCulture));
        foreach (var source in Inspection.Folders(folder).Append(Witness.SumsOf(folder)).Where(Directory.Exists).ToList())
        {
            foreach (var file in Directory.EnumerateFiles(source, "*", SearchOption.AllDirectories))
            {
                var copy = Path.Combine(aside, Path.GetRelativePath(folder, file));
                Directory.CreateDirectory(Path.GetDirectoryName(copy)!);
                File.Copy(file, copy, overwrite: true);
            }
        }
        Directory.CreateDirectory(aside);
        // Last: a copy without it is not whole, and is made again.
        File.WriteAllText(Path.Combine(aside, Report), text.ToString());
        return aside;
    }
}
