using OpenTelemetry.Logs;
using OpenTelemetry.Metrics;
using OpenTelemetry.Trace;

namespace Microsoft.Extensions.Hosting;

/// <summary>
/// Sends the last telemetry once everything else has stopped, and gives up soon: a collector that is gone, which an exporter with
/// retries asks for ten seconds and each provider for five, must not delay a stop.
/// </summary>
internal sealed class TelemetryStop(TracerProvider? traces = null, MeterProvider? metrics = null, LoggerProvider? logs = null) : IHostedLifecycleService
{
    private const int Milliseconds = 1000;

    public Task StoppedAsync(CancellationToken cancellationToken) =>
        // A provider that was shut down does not try again when it is disposed.
        Task.WhenAll(
            Task.Run(() => traces?.Shutdown(Milliseconds), CancellationToken.None),
            Task.Run(() => metrics?.Shutdown(Milliseconds), CancellationToken.None),
            Task.Run(() => logs?.Shutdown(Milliseconds), CancellationToken.None));

    public Task StartingAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    public Task StartAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    public Task StartedAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    public Task StoppingAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    public Task StopAsync(CancellationToken cancellationToken) => Task.CompletedTask;
}
