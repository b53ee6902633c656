using Microsoft.AspNetCore.Builder;
using Microsoft.Extensions.DependencyInjection;

namespace Microsoft.Extensions.Hosting;

/// <summary>Runs a host so that what ends it, other than being told to stop, is one line and an exit code that says so.</summary>
public static class HostRun
{
    private const int Failed = 1;

    /// <returns>The exit code: 0 after a stop that was asked for.</returns>
    public static async Task<int> RunToEndAsync(this WebApplication app)
    {
        var workers = app.Services.GetServices<IHostedService>().OfType<BackgroundService>().ToList();
        try
        {
            await app.RunAsync();
        }
        catch (Exception error)
        {
            return await FailAsync(error, "The start or the stop failed");
        }
        return workers.Find(worker => worker.ExecuteTask is { IsFaulted: true }) is { ExecuteTask.Exception: { } fault } ended
            ? await FailAsync(fault.GetBaseException(), $"{ended.GetType().Name} ended")
            : Environment.ExitCode;
    }

    private static async Task<int> FailAsync(Exception error, string what)
    {
        await Console.Error.WriteLineAsync($"{what}: {error.GetType().Name}: {error.Message}".ReplaceLineEndings(" "));
        return Failed;
    }
}
