namespace Slimta.Chaos.Faults;

/// <summary>
/// Wall clocks that are apart from the server's: libfaketime stands between a process and the time it asks for. Only processes that
/// are started get another clock, so a clock changes when an edge or relay is killed.
/// </summary>
internal sealed class ClockSkew
{
    private static readonly string[] Libraries =
        ["/usr/lib/x86_64-linux-gnu/faketime/libfaketime.so.1", "/usr/lib/aarch64-linux-gnu/faketime/libfaketime.so.1"];

    private readonly Lock _gate = new();
    private readonly string? _library;
    private readonly Random _random;

    private ClockSkew(string? library, int seed) => (_library, _random) = (library, new Random(seed));

    /// <summary>How many processes were started with another time.</summary>
    public int Started { get; private set; }

    public static ClockSkew For(ChaosOptions options)
    {
        // There the queue's own clock would be set.
        if (!options.Faults.Contains("clock") || options.Server == ServerKind.Garnet)
            return new(null, 0);
        var library = Array.Find(Libraries, File.Exists);
        if (library is null)
            options.Say("  skipped: clock (Debian's package faketime is not installed)");
        return new(library, options.Seed);
    }

    /// <summary>The environment of the next process: an hour ahead, an hour behind, or the right time.</summary>
    public Dictionary<string, string>? Next()
    {
        if (_library is null)
            return null;
        string? offset;
        lock (_gate)
        {
            offset = _random.Next(3) switch { 0 => "+3600", 1 => "-3600", _ => null };
            if (offset is null)
                return null;
            Started++;
        }
        // Its fix for waits on the monotonic clock makes .NET's return at once, again and again.
        return new() { ["LD_PRELOAD"] = _library, ["FAKETIME"] = offset, ["FAKETIME_DONT_FAKE_MONOTONIC"] = "1", ["FAKETIME_FORCE_MONOTONIC_FIX"] = "0" };
    }
}
