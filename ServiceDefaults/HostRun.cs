using Microsoft.AspNetCore.Builder;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;
using Slimta;

namespace Microsoft.Extensions.Hosting;

/// <summary>Runs a host so that an end other than a requested stop leaves one line on standard error and an exit code that says so.</summary>
public static class HostRun
{
    private const int Failed = 1;

    /// <param name="build">Adds what the host consists of, and builds it. Its exception is a failed start.</param>
    /// <returns>The exit code: 0 after a requested stop.</returns>
    public static async Task<int> RunAsync(string[] arguments, Func<WebApplicationBuilder, WebApplication> build)
    {
        ArgumentNullException.ThrowIfNull(build);
        if (ProductVersion.IsAskedFor(arguments))
        {
            Console.WriteLine(ProductVersion.Text);
            return 0;
        }
        try
        {
            var builder = WebApplication.CreateBuilder(arguments);
            var started = false;
            // A start that fails is one line, not the host's stack trace.
            foreach (var category in new[] { "Microsoft.Extensions.Hosting.Internal.Host", "Microsoft.AspNetCore.Server.Kestrel" })
                builder.Logging.AddFilter(category, level => Volatile.Read(ref started) && level >= LogLevel.Warning);
            await using var app = build(builder);
            app.Lifetime.ApplicationStarted.Register(() => Volatile.Write(ref started, true));
            var workers = app.Services.GetServices<IHostedService>().OfType<BackgroundService>().ToList();
            await app.RunToEndAsync();
            return workers.Find(worker => worker.ExecuteTask is { IsFaulted: true }) is { ExecuteTask.Exception: { } fault } ended
                ? await FailAsync($"{ended.GetType().Name} ended", fault.GetBaseException())
                : Environment.ExitCode;
        }
        // The other exception is how tools that only need the built host end its program.
        catch (Exception error) when (error is not HostAbortedException)
        {
            return await FailAsync("The start or the stop failed", error);
        }
    }

    /// <summary>Runs the host until it is told to stop. That may be while it still starts, and is no failure then either.</summary>
    public static async Task RunToEndAsync(this WebApplication app)
    {
        ArgumentNullException.ThrowIfNull(app);
        // Asked for now: a run disposes of the host.
        var stopping = app.Lifetime.ApplicationStopping;
        try
        {
            await app.RunAsync();
        }
        catch (OperationCanceledException) when (stopping.IsCancellationRequested)
        {
            // The services that were starting have been told to stop.
        }
    }

    private static async Task<int> FailAsync(string what, Exception error)
    {
        var line = error is OptionsValidationException wrong ? string.Join(' ', wrong.Failures) : $"{error.GetType().Name}: {error.Message}";
        await Console.Error.WriteLineAsync($"{what}: {line}".ReplaceLineEndings(" "));
        return Failed;
    }
}
