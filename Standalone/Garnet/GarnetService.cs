using System.Net;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;
using Slimta.Storage.Redis;
using StackExchange.Redis;

namespace Slimta.Standalone;

/// <summary>Runs the embedded Garnet: before everything else that starts, and until everything else has stopped.</summary>
internal sealed partial class GarnetService(IOptions<GarnetOptions> options, GarnetAddress address, ILoggerFactory logs) : IHostedLifecycleService, IDisposable
{
    private readonly GarnetLogs _logs = new(logs);
    private EmbeddedGarnet? _garnet;

    public EmbeddedGarnet Garnet => _garnet ?? throw new InvalidOperationException("The embedded Garnet is not started yet.");

    public Task StartingAsync(CancellationToken cancellationToken)
    {
        try
        {
            _garnet = EmbeddedGarnet.Start(
                Path.GetFullPath(options.Value.Folder), address.EndPoint, options.Value.LogBytes, _logs, options.Value.Password, options.Value.AcceptLoss);
            if (_garnet.Loss is { } loss)
                LogLoss(logs.CreateLogger<GarnetService>(), loss);
            return Task.CompletedTask;
        }
        catch (DamagedDataException damaged)
        {
            LogLoss(logs.CreateLogger<GarnetService>(), damaged.Message);
            throw new StartException(damaged.Message);
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            throw new StartException($"The queue's folder {Path.GetFullPath(options.Value.Folder)} cannot be used: {error.Message} Set Garnet:Folder to another folder, or end the process that uses this one.");
        }
    }

    /// <summary>The container calls it twice: as a service and as a hosted service.</summary>
    public void Dispose()
    {
        _logs.End();
        Interlocked.Exchange(ref _garnet, null)?.Dispose();
    }

    public Task StartAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    public Task StartedAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    public Task StoppingAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    public Task StopAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    public Task StoppedAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    [LoggerMessage(204, LogLevel.Critical, "{Loss}")]
    private static partial void LogLoss(ILogger log, string loss);
}

/// <summary>The embedded Garnet's address; known before it listens, as its clients are made before.</summary>
internal sealed record GarnetAddress(IPEndPoint EndPoint)
{
    public ConfigurationOptions Settings(GarnetOptions folder)
    {
        var settings = new ConfigurationOptions { EndPoints = { EndPoint } };
        if (folder.Password is { } password)
            settings.Password = password;
        else
            settings.Defaults = new PasswordFile(QueuePassword.FileIn(Path.GetFullPath(folder.Folder)));
        return settings;
    }
}
