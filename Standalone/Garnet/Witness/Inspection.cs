namespace Slimta.Standalone;

/// <summary>A file's damage.</summary>
/// <param name="File">Its path below the queue's folder.</param>
/// <param name="From">The first byte that is not what was written.</param>
internal sealed record Damage(string File, string What, long From);

/// <summary>
/// Compares the queue's folder with the sums of what was written there, before Garnet opens it: Garnet reads its files, damaged or not.
/// </summary>
internal static class Inspection
{
    private const int Block = 1 << 20;
    private const string New = ".new";
    private const string Old = ".old";

    /// <summary>Garnet's folders.</summary>
    public static IEnumerable<string> Folders(string folder) =>
        Directory.EnumerateDirectories(folder).Where(path => !path.StartsWith(Witness.SumsOf(folder), StringComparison.Ordinal) && !Path.GetFileName(path).StartsWith(Aside.Prefix, StringComparison.Ordinal));

    public static string Log(string folder) => Path.Combine(folder, "AOF", "aof.log");

    /// <returns>The damage. If there is none, the sums are those of the files from now on.</returns>
    public static List<Damage> Run(string folder, TailNote? note)
    {
        var boot = FileIdentity.Boot();
        var root = Witness.SumsOf(folder);
        // A crash between the two steps of a swap.
        if (!Directory.Exists(root) && Directory.Exists(root + Old))
            Directory.Move(root + Old, root);
        var files = Folders(folder).SelectMany(path => Directory.EnumerateFiles(path, "*", SearchOption.AllDirectories)).ToHashSet(StringComparer.Ordinal);
        if (!Directory.Exists(root))
        {
            // Written by a version that did not note them; or they are gone.
            if (note is not null)
                return [new("sums", "is missing, so that nothing can be compared", 0)];
            Accept(folder);
            return [];
        }
        FinishDeletions(folder, root, files);
        var damage = new List<Damage>();
        var sums = Directory.EnumerateFiles(root, "*", SearchOption.AllDirectories).ToDictionary(path => Path.Combine(folder, Path.GetRelativePath(root, path)), StringComparer.Ordinal);
        foreach (var file in files.Union(sums.Keys).Order(StringComparer.Ordinal))
        {
            var name = Path.GetRelativePath(folder, file);
            if (sums.TryGetValue(file, out var own))
                damage.AddRange(Compare(file, name, own, boot));
            else if (new FileInfo(file).Length > 0)
                damage.Add(new(name, "was not written by the queue, or its sums are missing", 0));
        }
        if (note is not null && End(folder, note.Segment) is var end && end < note.Tail)
            damage.Add(new(Path.GetRelativePath(folder, Log(folder)), $"ends at byte {end} of the log, which reached {note.Tail}", end));
        if (damage.Count == 0)
            Accept(folder);
        return damage;
    }

    /// <summary>From now on the present files count as what was written.</summary>
    public static void Accept(string folder)
    {
        var root = Witness.SumsOf(folder);
        foreach (var left in new[] { root + New, root + Old }.Where(Directory.Exists))
            Directory.Delete(left, recursive: true);
        Directory.CreateDirectory(root + New);
        foreach (var file in Folders(folder).SelectMany(path => Directory.EnumerateFiles(path, "*", SearchOption.AllDirectories)))
        {
            using var sums = new SectorSums(Path.Combine(root + New, Path.GetRelativePath(folder, file)));
            sums.Reset(FileIdentity.Boot(), Sums(file));
        }
        if (Directory.Exists(root))
            Directory.Move(root, root + Old);
        Directory.Move(root + New, root);
        if (Directory.Exists(root + Old))
            Directory.Delete(root + Old, recursive: true);
    }

    private static IEnumerable<Damage> Compare(string file, string name, string sumsPath, Guid boot)
    {
        // Opening it would begin it anew.
        var empty = new FileInfo(sumsPath).Length == 0;
        // A kill before their header, and so before the first write to the file.
        if (empty && (!File.Exists(file) || new FileInfo(file).Length == 0))
            yield break;
        using var sums = new SectorSums(sumsPath);
        if (empty || !sums.IsReadable)
        {
            yield return new(name, "cannot be compared: its sums are damaged", 0);
            yield break;
        }
        // From another boot only synced sums count: a power failure may have kept the data and lost its sums.
        var sameBoot = sums.Boot == boot && boot != Guid.Empty;
        var counts = sameBoot ? sums.Count : Math.Min(sums.Count, sums.Durable);
        var written = sums.Read();
        var actual = File.Exists(file) ? Sums(file) : [];
        long wrong = 0, first = -1;
        for (var i = 0; i < Math.Max(written.Length / 2, actual.Length); i++)
        {
            var (confirmed, intended) = 2 * i < written.Length ? (written[2 * i], written[2 * i + 1]) : (0, 0);
            // Not confirmed means not acknowledged; what is there now does not count.
            if (confirmed == 0 && (intended != 0 || i >= actual.Length || actual[i] == Zero || !sameBoot))
                continue;
            if (i < actual.Length && (actual[i] == confirmed || actual[i] == intended))
                continue;
            if (confirmed != 0 && i >= counts)
                continue;
            first = first < 0 ? i : first;
            wrong++;
        }
        if (wrong == 0)
            yield break;
        var what = !File.Exists(file) ? "is missing"
            : first >= actual.Length ? $"has only {new FileInfo(file).Length} bytes"
            : $"is not what was written: {wrong} of {Math.Max(actual.Length, sums.Count)} sectors differ";
        yield return new(name, what, first * SectorSums.Sector);
    }

    private static readonly uint Zero = SectorSums.Of(new byte[SectorSums.Sector]);

    private static uint[] Sums(string file)
    {
        using var stream = new FileStream(file, FileMode.Open, FileAccess.Read, FileShare.ReadWrite | FileShare.Delete, bufferSize: 0);
        var sums = new uint[(stream.Length + SectorSums.Sector - 1) / SectorSums.Sector];
        var block = new byte[Block];
        for (var at = 0; at < sums.Length;)
        {
            var read = stream.ReadAtLeast(block, Block, throwOnEndOfStream: false);
            for (var offset = 0; offset < read; offset += SectorSums.Sector)
                sums[at++] = SectorSums.Of(block.AsSpan(offset, Math.Min(SectorSums.Sector, read - offset)));
            if (read < Block)
                break;
        }
        return sums;
    }

    /// <summary>How far the files of the log reach. Garnet makes the next ones beforehand, empty.</summary>
    private static long End(string folder, long segment) =>
        Segments(folder).Select(one => (one.Number, Length: new FileInfo(one.Path).Length)).Where(one => one.Length > 0)
            .Select(one => one.Number * segment + Math.Min(segment, one.Length)).DefaultIfEmpty(0).Max();

    public static IEnumerable<(string Path, long Number)> Segments(string folder) =>
        Directory.Exists(Path.GetDirectoryName(Log(folder)))
            ? Directory.EnumerateFiles(Path.GetDirectoryName(Log(folder))!, "aof.log.*")
                .Select(path => (path, Number: long.TryParse(Path.GetExtension(path).AsSpan(1), out var number) ? number : -1)).Where(one => one.Number >= 0).OrderBy(one => one.Number)
            : [];

    private static void FinishDeletions(string folder, string root, HashSet<string> files)
    {
        foreach (var gone in Directory.EnumerateFiles(root, "*" + Witness.Gone, SearchOption.AllDirectories).ToList())
        {
            var file = Path.Combine(folder, Path.GetRelativePath(root, gone[..^Witness.Gone.Length]));
            if (File.Exists(file))
                File.Delete(file);
            File.Delete(gone);
            files.Remove(file);
            // Garnet would look for a checkpoint in it.
            if (Path.GetDirectoryName(file) is { } emptied && Directory.Exists(emptied) && !Directory.EnumerateFileSystemEntries(emptied).Any())
                Directory.Delete(emptied);
        }
    }
}
