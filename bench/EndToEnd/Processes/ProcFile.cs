using System.Globalization;

namespace Slimta.EndToEnd.Bench.Processes;

/// <summary>What the kernel knows of a process: proc(5).</summary>
internal static class ProcFile
{
    /// <summary>USER_HZ, which is 100 wherever .NET runs.</summary>
    private const double TicksPerSecond = 100;

    /// <summary>Processor seconds of a process, and of those of its children that have ended.</summary>
    public static double CpuSeconds(int process) =>
        Stat(process) is { } stat ? stat[11..15].Sum(ticks => long.Parse(ticks, CultureInfo.InvariantCulture)) / TicksPerSecond : 0;

    /// <summary>
    /// Seconds on a processor by thread, by the scheduler's clock: ticks miss or overstate what timers wake for a moment. What a thread
    /// had goes with it when it ends.
    /// </summary>
    public static IEnumerable<(int Thread, double Seconds)> ScheduledSeconds(int process)
    {
        foreach (var folder in Directory.EnumerateDirectories($"/proc/{process}/task"))
        {
            var seconds = 0.0;
            try
            {
                seconds = long.Parse(File.ReadAllText($"{folder}/schedstat").Split(' ')[0], CultureInfo.InvariantCulture) / 1e9;
            }
            catch (IOException)
            {
                // It has just ended.
            }
            yield return (int.Parse(Path.GetFileName(folder), CultureInfo.InvariantCulture), seconds);
        }
    }

    public static long ResidentBytes(int process) => StatusBytes(process, "VmRSS:");

    public static long PeakResidentBytes(int process) => StatusBytes(process, "VmHWM:");

    /// <summary>The peak is from now on.</summary>
    public static void ResetPeak(int process)
    {
        try
        {
            File.WriteAllText($"/proc/{process}/clear_refs", "5");
        }
        catch (IOException)
        {
            // It has ended.
        }
    }

    public static string Name(int process)
    {
        try
        {
            return File.ReadAllText($"/proc/{process}/comm").Trim();
        }
        catch (IOException)
        {
            return "ended";
        }
    }

    public static IEnumerable<int> ChildrenOf(int parent)
    {
        foreach (var folder in Directory.EnumerateDirectories("/proc"))
        {
            if (int.TryParse(Path.GetFileName(folder), CultureInfo.InvariantCulture, out var process)
                && Stat(process) is { } stat && stat[1] == $"{parent}")
                yield return process;
        }
    }

    /// <summary>The fields after the name, which may hold spaces: the first is field 3 of the manual.</summary>
    private static string[]? Stat(int process)
    {
        try
        {
            var text = File.ReadAllText($"/proc/{process}/stat");
            return text[(text.LastIndexOf(')') + 2)..].Split(' ');
        }
        catch (IOException)
        {
            return null;
        }
    }

    private static long StatusBytes(int process, string field)
    {
        try
        {
            var line = File.ReadLines($"/proc/{process}/status").FirstOrDefault(line => line.StartsWith(field, StringComparison.Ordinal));
            return line is null ? 0 : long.Parse(line[field.Length..].Replace("kB", "", StringComparison.Ordinal), NumberStyles.AllowLeadingWhite | NumberStyles.AllowTrailingWhite, CultureInfo.InvariantCulture) * 1024;
        }
        catch (IOException)
        {
            return 0;
        }
    }
}
