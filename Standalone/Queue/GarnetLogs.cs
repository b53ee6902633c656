using Microsoft.Extensions.Logging;

namespace Slimta.Standalone;

/// <summary>Garnet's categories have names of classes only; here they begin with "Garnet.", so that settings can name them.</summary>
internal sealed class GarnetLogs(ILoggerFactory logs) : ILoggerFactory
{
    public ILogger CreateLogger(string categoryName) => logs.CreateLogger($"Garnet.{categoryName}");

    public void AddProvider(ILoggerProvider provider) => logs.AddProvider(provider);

    public void Dispose()
    {
        // It is the host's.
    }
}
