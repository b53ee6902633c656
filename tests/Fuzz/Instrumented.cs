using System.Reflection;
using System.Runtime.Loader;
using SharpFuzz;

namespace Slimta.Fuzz;

/// <summary>
/// Runs the loop on a copy of our assemblies, in each of which SharpFuzz makes every branch say that it was taken. The copy has its own
/// load context, so that a test host can run it beside the untouched ones.
/// </summary>
public static class Instrumented
{
    private static readonly string[] Watched = ["Slimta.Domains", "Slimta.Edge", "Slimta.Relay", "Slimta.Smtp", "Slimta.Storage"];
    private static readonly Lazy<Assembly> Copy = new(Load);

    public static IEnumerable<string> Targets => Target.All.Keys;

    /// <returns>"held ..." or "FOUND ..." with the input in base64.</returns>
    public static string Run(string target, TimeSpan time, int seed) =>
        (string)Copy.Value.GetType(typeof(Loop).FullName!)!.GetMethod(nameof(Loop.Run))!.Invoke(null, [target, time, seed])!;

    private static Assembly Load()
    {
        var folder = Directory.CreateTempSubdirectory("slimta-fuzz-");
        AppDomain.CurrentDomain.ProcessExit += (_, _) => folder.Delete(recursive: true);
        foreach (var name in Watched.Append("Fuzz"))
            File.Copy(Path.Combine(AppContext.BaseDirectory, $"{name}.dll"), Path.Combine(folder.FullName, $"{name}.dll"));
        foreach (var name in Watched)
            _ = Fuzzer.Instrument(Path.Combine(folder.FullName, $"{name}.dll"), static _ => true, Options.Value).Count();
        return new Context(folder.FullName).LoadFromAssemblyName(new AssemblyName("Fuzz"));
    }

    private sealed class Context(string folder) : AssemblyLoadContext("instrumented")
    {
        protected override Assembly? Load(AssemblyName assemblyName) =>
            Path.Combine(folder, $"{assemblyName.Name}.dll") is var path && File.Exists(path) ? LoadFromAssemblyPath(path) : null;
    }
}
