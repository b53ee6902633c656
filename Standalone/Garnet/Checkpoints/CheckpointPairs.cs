using System.Buffers.Binary;

namespace Slimta.Standalone;

/// <summary>A checkpoint of Garnet's: the store's records in one folder, and the copy of the index of its keys in another, both of one name.</summary>
/// <remarks>
/// A start takes the newest records, and the index that was changed last according to its folder's time, as long as the store has not been shorter since. A process
/// that was killed between the two, or a clock that was set back, made it take one of another checkpoint; and keys that are in the room of removed ones are in
/// theirs only.
/// </remarks>
internal static class CheckpointPairs
{
    /// <summary>Written last: its length, and what the checkpoint is. Garnet makes the file before it writes it.</summary>
    public const string Description = "info.dat.0";

    private static readonly string[] Kinds = ["cpr-checkpoints", "index-checkpoints"];

    /// <summary>Leaves one checkpoint that is whole, and deletes what others have left. Without one that is whole nothing is changed.</summary>
    /// <param name="folder">Before Garnet opens it. The log holds what came since any of them: it is cut once only one is left.</param>
    public static void KeepOne(string folder, Witness witness)
    {
        var parents = Kinds.Select(kind => Path.Combine(folder, "Store", "checkpoints", kind)).Where(Directory.Exists).ToList();
        var found = parents.SelectMany(Directory.EnumerateDirectories).ToLookup(Path.GetFileName);
        var whole = found.Where(checkpoint => checkpoint.Count() == Kinds.Length && checkpoint.All(IsDescribed)).ToList();
        if (whole.Count == 0)
            return;
        var kept = whole.MaxBy(checkpoint => checkpoint.Max(path => File.GetLastWriteTimeUtc(Path.Combine(path, Description))))!;
        foreach (var path in found.Where(checkpoint => checkpoint.Key != kept.Key).SelectMany(checkpoint => checkpoint))
        {
            using var forgotten = witness.Forget(path);
            Directory.Delete(path, recursive: true);
        }
    }

    private static bool IsDescribed(string path)
    {
        var description = new FileInfo(Path.Combine(path, Description));
        if (!description.Exists)
            return false;
        Span<byte> length = stackalloc byte[sizeof(int)];
        using var file = description.OpenRead();
        return file.ReadAtLeast(length, length.Length, throwOnEndOfStream: false) == length.Length && BinaryPrimitives.ReadInt32LittleEndian(length) > 0;
    }
}
