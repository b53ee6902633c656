using Slimta.Fuzz;

namespace Slimta.Tests;

/// <summary>
/// All fuzz targets for two minutes together, one after another, each with what was ever found tried first; longer: dotnet run --project
/// tests/Fuzz -- TARGET SECONDS. Other tests may run beside it: only the instrumented copy writes into the map of branches.
/// </summary>
public sealed class FuzzingTests
{
    private static readonly TimeSpan Together = TimeSpan.FromMinutes(2);

    public static TheoryData<string> Targets => [.. Instrumented.Targets];

    [Theory]
    [MemberData(nameof(Targets))]
    public void No_input_breaks_a_reader(string target)
    {
        var result = Instrumented.Run(target, Together / Targets.Count, Environment.ProcessId);
        Assert.StartsWith("held", result, StringComparison.Ordinal);
        // That branches are seen: without them it would be a search in the dark.
        Assert.DoesNotContain(" 0 branches", result, StringComparison.Ordinal);
    }
}
