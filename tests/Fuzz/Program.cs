using Slimta.Fuzz;

// dotnet run --project tests/Fuzz -- TARGET [seconds] [seed]
if (args.Length is 0 or > 3 || !Target.All.ContainsKey(args[0]))
{
    Console.Error.WriteLine($"Usage: Fuzz TARGET [seconds, default 60] [seed]\nTargets: {string.Join(", ", Target.All.Keys)}");
    return 2;
}
var time = TimeSpan.FromSeconds(args.Length > 1 ? int.Parse(args[1]) : 60);
var seed = args.Length > 2 ? int.Parse(args[2]) : Environment.ProcessId;
var result = Instrumented.Run(args[0], time, seed);
Console.WriteLine(result);
return result.StartsWith("held", StringComparison.Ordinal) ? 0 : 1;
