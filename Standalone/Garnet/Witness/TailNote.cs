using System.Globalization;

namespace Slimta.Standalone;

/// <summary>The extent of the queue's log when it was last looked at, in a file beside it. A start that finds less has lost something.</summary>
/// <param name="Tail">The log was on disk up to this address.</param>
/// <param name="Segment">The size of the log's files, in bytes: the size that they were made with, not the one in the settings now.</param>
/// <param name="Messages">In the queue; null where this process does not count them.</param>
internal sealed record TailNote(long Tail, long Segment, long? Messages, DateTimeOffset Time)
{
    private static string FileIn(string folder) => Path.Combine(folder, "tail");

    /// <summary>Null where there is none, or none that can be read.</summary>
    public static TailNote? Read(string folder)
    {
        try
        {
            return File.ReadAllText(FileIn(folder)).Split(' ', StringSplitOptions.TrimEntries) is [var tail, var segment, var messages, var time]
                && long.TryParse(tail, CultureInfo.InvariantCulture, out var end) && long.TryParse(segment, CultureInfo.InvariantCulture, out var size) && size > 0
                && DateTimeOffset.TryParse(time, CultureInfo.InvariantCulture, out var at)
                ? new(end, size, long.TryParse(messages, CultureInfo.InvariantCulture, out var count) ? count : null, at)
                : null;
        }
        catch (IOException)
        {
            return null;
        }
    }

    public static void Forget(string folder) => File.Delete(FileIn(folder));

    /// <summary>Whole or not at all. It is not synced: its figures are only a lower bound.</summary>
    public void Write(string folder)
    {
        var draft = FileIn(folder) + ".new";
        File.WriteAllText(draft, string.Create(CultureInfo.InvariantCulture, $"{Tail} {Segment} {Messages?.ToString(CultureInfo.InvariantCulture) ?? "-"} {Time:O}"));
        File.Move(draft, FileIn(folder), overwrite: true);
    }
}
