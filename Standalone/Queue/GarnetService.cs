using System.Net;
using System.Security.Cryptography;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;

namespace Slimta.Standalone;

/// <summary>Runs the embedded Garnet: before everything else that starts, and until everything else has stopped.</summary>
internal sealed class GarnetService(IOptions<FolderOptions> options, GarnetAddress address, ILoggerFactory logs) : IHostedLifecycleService, IDisposable
{
    private EmbeddedGarnet? _garnet;

    public EmbeddedGarnet Garnet => _garnet ?? throw new InvalidOperationException("It is not started yet.");

    public Task StartingAsync(CancellationToken cancellationToken)
    {
        try
        {
            _garnet = EmbeddedGarnet.Start(
                Path.GetFullPath(options.Value.Folder), address.EndPoint, options.Value.LogBytes, new GarnetLogs(logs), address.Password);
            return Task.CompletedTask;
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            throw new StartException($"The queue's folder {Path.GetFullPath(options.Value.Folder)} cannot be used: {error.Message} Set Queue:Folder to another, or end the process that has it.");
        }
    }

    /// <summary>The container calls it twice: as a service and as a hosted service.</summary>
    public void Dispose() => Interlocked.Exchange(ref _garnet, null)?.Dispose();

    public Task StartAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    public Task StartedAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    public Task StoppingAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    public Task StopAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    public Task StoppedAsync(CancellationToken cancellationToken) => Task.CompletedTask;
}

/// <summary>Where the embedded Garnet listens; known before it does, as the queue's connection string is.</summary>
internal sealed record GarnetAddress(IPEndPoint EndPoint, string? Password)
{
    public string ConnectionString => EmbeddedGarnet.ConnectionStringOf(EndPoint, Password);

    /// <summary>On a port that the user names, for other processes; else on any, behind a password that only this process knows.</summary>
    public static GarnetAddress For(int? port) => port is { } named
        ? new(new(IPAddress.Loopback, named), null)
        : new(new(IPAddress.Loopback, Defaults.FreePort()), RandomNumberGenerator.GetHexString(32));
}
