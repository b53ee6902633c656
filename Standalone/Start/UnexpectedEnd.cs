using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;

namespace Slimta.Standalone;

/// <summary>An unexpected end of this process leaves a line on standard error and an exit code that a service manager sees.</summary>
internal static class UnexpectedEnd
{
    public const int ExitCode = 1;

    /// <summary>An exception that nothing caught, on any thread.</summary>
    public static void SayInOneLine() => AppDomain.CurrentDomain.UnhandledException += (_, end) =>
    {
        Console.Error.WriteLine($"This program ends because of a defect in it: {OneLine($"{end.ExceptionObject}")}");
        Environment.Exit(ExitCode);
    };

    /// <summary>Before the host runs: which of its services may end it.</summary>
    public static IReadOnlyList<BackgroundService> Services(IServiceProvider services) =>
        [.. services.GetServices<IHostedService>().OfType<BackgroundService>()];

    /// <summary>After it: a background service that failed ends the host, which then stops as if it had been asked to.</summary>
    public static bool Of(IEnumerable<BackgroundService> services)
    {
        var failed = services.FirstOrDefault(service => service.ExecuteTask is { IsFaulted: true });
        if (failed is null)
            return false;
        Console.Error.WriteLine($"{failed.GetType().Name} ended this program: {OneLine($"{failed.ExecuteTask!.Exception!.GetBaseException()}")}");
        return true;
    }

    private static string OneLine(string text) => string.Join(" | ", text.Split(['\r', '\n'], StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries));
}
