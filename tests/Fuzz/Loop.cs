using System.Globalization;

namespace Slimta.Fuzz;

/// <summary>Changes inputs, keeps those that reach something new, and stops at the first that breaks the target.</summary>
internal static class Loop
{
    /// <summary>A reader that computes for so long over 4 KiB hangs, on a machine however loaded.</summary>
    private static readonly TimeSpan Hang = TimeSpan.FromSeconds(30);

    /// <summary>One that waits hangs as well.</summary>
    private static readonly TimeSpan Wait = TimeSpan.FromMinutes(10);
    private static readonly TimeSpan Look = TimeSpan.FromSeconds(5);

    public static string Run(string name, TimeSpan time, int seed)
    {
        var target = Target.All[name];
        var random = new Random(seed);
        var mutator = new Mutator(random, target.Words);
        using var coverage = new Coverage();
        var corpus = new List<byte[]>();
        var seeds = new Queue<byte[]>(Seeds(name));
        var (count, began) = (0, TimeProvider.System.GetTimestamp());
        while (seeds.Count > 0 || TimeProvider.System.GetElapsedTime(began) < time)
        {
            var input = seeds.TryDequeue(out var given) ? given : mutator.Change(Pick(corpus, random), corpus);
            coverage.Begin();
            if (Problem(target, input) is { } problem)
                return $"FOUND {name} (seed {seed}): {problem}\n{Convert.ToBase64String(input)}";
            if (coverage.IsNew() || given is not null)
                corpus.Add(input);
            count++;
        }
        return string.Create(CultureInfo.InvariantCulture, $"held: {name}, {count} inputs, {corpus.Count} kept, {coverage.Branches} branches (seed {seed})");
    }

    /// <summary>Each file of Corpus/TARGET; what was found once is there, and is tried first.</summary>
    private static IEnumerable<byte[]> Seeds(string name) =>
        Directory.GetFiles(Path.Combine(AppContext.BaseDirectory, "Corpus", name)).Order(StringComparer.Ordinal).Select(File.ReadAllBytes).Prepend([]);

    /// <summary>The newest are changed more often than the others.</summary>
    private static byte[] Pick(List<byte[]> corpus, Random random) =>
        corpus[random.Next(3) == 0 ? random.Next(Math.Max(0, corpus.Count - 20), corpus.Count) : random.Next(corpus.Count)];

    private static string? Problem(Target target, byte[] input)
    {
        // What a first use builds, such as a table, is no input's cost.
        return Try(target, input) is { } first && (!first.EndsWith(Costs, StringComparison.Ordinal) || Try(target, input) is not null) ? first : null;
    }

    private const string Costs = " bytes of input";

    private static ITimer Watch(byte[] input)
    {
        var (began, computed) = (TimeProvider.System.GetTimestamp(), Environment.CpuUsage.TotalTime);
        return TimeProvider.System.CreateTimer(_ =>
        {
            if (Environment.CpuUsage.TotalTime - computed > Hang || TimeProvider.System.GetElapsedTime(began) > Wait)
                Environment.FailFast($"Hangs over {Convert.ToBase64String(input)}");
        }, null, Look, Look);
    }

    private static string? Try(Target target, byte[] input)
    {
        using var watch = Watch(input);
        var before = GC.GetAllocatedBytesForCurrentThread();
        try
        {
            target.Read(input);
        }
        catch (Exception e)
        {
            return e.ToString();
        }
        var cost = GC.GetAllocatedBytesForCurrentThread() - before;
        return cost > (1 << 20) + ((long)target.BytesPerByte * input.Length) ? $"{cost} bytes of memory for {input.Length}{Costs}" : null;
    }
}
