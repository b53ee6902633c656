using Slimta.Fuzz;

namespace Slimta.Tests;

/// <summary>All fuzz targets for two minutes together, each with what was ever found tried first; longer: dotnet run --project tests/Fuzz -- TARGET SECONDS.</summary>
[Collection("fuzzing")]
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

/// <summary>The map of branches belongs to the process: one target at a time, and no test beside it whose code is watched too.</summary>
[CollectionDefinition("fuzzing", DisableParallelization = true)]
public sealed class FuzzingCollection;
