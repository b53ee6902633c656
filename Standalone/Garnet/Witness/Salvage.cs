using System.Buffers.Binary;
using System.Globalization;
using System.Runtime.InteropServices;
using Tsavorite.core;

namespace Slimta.Standalone;

/// <summary>
/// Keeps the usable part of damaged data: a checkpoint only if all of it is good, and the log up to the last commit before the first damage.
/// Garnet would accept the rest as good, or crash over it.
/// </summary>
internal static class Salvage
{
    /// <summary>A commit record of the log: its length, negative, and <see cref="TsavoriteLogRecoveryInfo"/> without a cookie.</summary>
    private const int CommitBody = 40;
    private const int Word = 4;

    /// <summary>The address of a log's first record: behind the header of its first page.</summary>
    private const long First = 64;

    public static void Run(string folder, IReadOnlyList<Damage> damage, long segment)
    {
        var log = Path.GetRelativePath(folder, Inspection.Log(folder)) + ".";
        var inLog = damage.Where(one => one.File.StartsWith(log, StringComparison.Ordinal)).ToList();
        var inLogFolder = damage.Where(one => one.File.StartsWith(Path.GetDirectoryName(log)!, StringComparison.Ordinal)).ToList();
        var checkpointLost = damage.Count > inLogFolder.Count;
        if (checkpointLost)
        {
            foreach (var other in Inspection.Folders(folder).Where(path => path != Path.GetDirectoryName(Inspection.Log(folder))).ToList())
                Directory.Delete(other, recursive: true);
        }
        // A log that still has its first file holds what the checkpoint held.
        var whole = checkpointLost && Inspection.Segments(folder).FirstOrDefault() is { Path: not null, Number: 0 };
        if (whole || inLogFolder.Count > 0)
            Cut(folder, segment, inLog.Select(one => Number(one.File) * segment + one.From).DefaultIfEmpty(long.MaxValue).Min(), whole);
        Inspection.Accept(folder);
    }

    private static void Cut(string folder, long segment, long end, bool fromTheFirst)
    {
        var commits = Path.Combine(Path.GetDirectoryName(Inspection.Log(folder))!, "log-commits");
        if (Directory.Exists(commits))
            Directory.Delete(commits, recursive: true);
        var last = Inspection.Segments(folder).Reverse().Where(one => one.Number * segment < end).Select(one => LastCommit(one.Path, one.Number * segment, end)).FirstOrDefault(found => found is not null);
        foreach (var (path, number) in Inspection.Segments(folder).ToList())
        {
            var from = (last?.Info.UntilAddress ?? 0) - number * segment;
            if (from <= 0)
                File.Delete(path);
            else if (new FileInfo(path).Length is var length && from < length)
                Blank(path, from, length);
        }
        if (last is not var (info, body))
            return;
        if (fromTheFirst)
        {
            info.BeginAddress = First;
            body = info.ToByteArray();
        }
        Directory.CreateDirectory(commits);
        var file = new byte[SectorSums.Sector];
        BinaryPrimitives.WriteInt32LittleEndian(file, CommitBody);
        body.CopyTo(file, Word);
        File.WriteAllBytes(Path.Combine(commits, string.Create(CultureInfo.InvariantCulture, $"commit.{info.CommitNum}.0")), file);
    }

    private static void Blank(string path, long from, long length)
    {
        using var file = File.OpenHandle(path, FileMode.Open, FileAccess.ReadWrite);
        RandomAccess.SetLength(file, from);
        RandomAccess.SetLength(file, length);
    }

    /// <summary>The last commit record that ends before an address. It bears its own end and a checksum, so that nothing else is taken for one.</summary>
    private static (TsavoriteLogRecoveryInfo Info, byte[] Body)? LastCommit(string path, long start, long end)
    {
        var bytes = File.ReadAllBytes(path);
        var words = MemoryMarshal.Cast<byte, int>(bytes.AsSpan(0, (int)Math.Min(bytes.Length, end - start) / Word * Word));
        while (words.LastIndexOf(-CommitBody) is var at and >= 0)
        {
            if ((at + 1) * Word + CommitBody <= Math.Min(bytes.Length, end - start))
            {
                var body = bytes.AsSpan((at + 1) * Word, CommitBody);
                var info = new TsavoriteLogRecoveryInfo();
                try
                {
                    info.Initialize(body);
                    if (info.UntilAddress == start + (at + 1) * Word + CommitBody)
                        return (info, body.ToArray());
                }
                catch (TsavoriteException)
                {
                    // Content that looks like one.
                }
            }
            words = words[..at];
        }
        return null;
    }

    private static long Number(string file) => long.TryParse(Path.GetExtension(file).AsSpan(1), NumberStyles.None, CultureInfo.InvariantCulture, out var number) ? number : 0;
}
