using System.Diagnostics;
using System.Reflection;

namespace AppHost.Tests;

/// <summary>Runs the AppHost as azd and the Aspire CLI do when they publish. Needs no Docker.</summary>
internal static class Publishing
{
    public static Task RunAsync(params string[] arguments) => RunAsync(redis: null, arguments);

    /// <param name="redis">ConnectionStrings:redis, or null for the AppHost's own container.</param>
    public static async Task RunAsync(string? redis, string[] arguments)
    {
        using var timeout = new CancellationTokenSource(TimeSpan.FromMinutes(3));
        using var process = Process.Start(StartInfo(redis, arguments))!;
        var output = process.StandardOutput.ReadToEndAsync(timeout.Token);
        var error = process.StandardError.ReadToEndAsync(timeout.Token);
        await process.WaitForExitAsync(timeout.Token);
        Assert.True(process.ExitCode == 0, $"{await output}{await error}");
    }

    private static ProcessStartInfo StartInfo(string? redis, string[] arguments)
    {
        var built = typeof(Projects.AppHost).Assembly.GetCustomAttribute<AssemblyConfigurationAttribute>()!.Configuration;
        var start = new ProcessStartInfo("dotnet",
            ["run", "--no-build", "--no-launch-profile", "--configuration", built, "--project", Projects.AppHost.ProjectPath,
                "--", .. arguments])
        {
            UseShellExecute = false,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        };
        start.Environment["ConnectionStrings__redis"] = redis;
        start.Environment["Parameters__smarthost"] = "smtp.example.com:587";
        return start;
    }
}
