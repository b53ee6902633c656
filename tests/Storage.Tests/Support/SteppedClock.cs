namespace Slimta.Storage.Tests.Support;

/// <summary>A clock of its own for a server, by Debian's package faketime, that can be set while the server runs.</summary>
public sealed class SteppedClock : IDisposable
{
    private static readonly string? Library = Directory.Exists("/usr/lib")
        ? Directory.EnumerateFiles("/usr/lib", "libfaketime.so.1", new EnumerationOptions { RecurseSubdirectories = true, MaxRecursionDepth = 3 }).FirstOrDefault()
        : null;

    private readonly string _file = Path.GetTempFileName();

    public SteppedClock() => Set(TimeSpan.Zero);

    public static bool IsInstalled => Library is not null;

    /// <summary>
    /// With the C library's own allocator: jemalloc asks for the time while it starts, and libfaketime for memory while it does.
    /// The monotonic clock goes on as it is, as it does when a clock is set.
    /// </summary>
    public Dictionary<string, string> Environment => new()
    {
        ["LD_PRELOAD"] = $"{Library}:libc.so.6",
        ["FAKETIME_TIMESTAMP_FILE"] = _file,
        ["FAKETIME_NO_CACHE"] = "1",
        ["FAKETIME_DONT_FAKE_MONOTONIC"] = "1",
    };

    /// <summary>Sets it to the machine's time and so much.</summary>
    public void Set(TimeSpan ahead)
    {
        // Never half written where the server reads it.
        var next = _file + ".next";
        File.WriteAllText(next, $"{ahead.TotalSeconds:+0;-0;+0}");
        File.Move(next, _file, overwrite: true);
    }

    public void Dispose() => File.Delete(_file);
}

/// <summary>Skipped, with the reason, where there is no libfaketime.</summary>
[AttributeUsage(AttributeTargets.Method)]
public sealed class SteppedClockTheoryAttribute : TheoryAttribute
{
    public SteppedClockTheoryAttribute()
    {
        if (!SteppedClock.IsInstalled)
            Skip = "It needs libfaketime: install Debian's package faketime.";
    }
}
