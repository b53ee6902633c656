using Microsoft.Extensions.Logging;

namespace Slimta.Standalone;

/// <summary>
/// Garnet's categories have names of classes only; here they begin with "Garnet.", so that settings can name them. Its sessions log it as
/// critical that the server's end cuts them off: from then on their lines are dropped.
/// </summary>
internal sealed class GarnetLogs(ILoggerFactory logs) : ILoggerFactory
{
    private volatile bool _ending;

    /// <summary>The server is about to end.</summary>
    public void End() => _ending = true;

    public ILogger CreateLogger(string categoryName)
    {
        var log = logs.CreateLogger($"Garnet.{categoryName}");
        return categoryName == "Session" ? new SessionLog(log, this) : log;
    }

    public void AddProvider(ILoggerProvider provider) => logs.AddProvider(provider);

    public void Dispose()
    {
        // It is the host's.
    }

    private sealed class SessionLog(ILogger log, GarnetLogs logs) : ILogger
    {
        public IDisposable? BeginScope<TState>(TState state) where TState : notnull => log.BeginScope(state);

        public bool IsEnabled(LogLevel logLevel) => !logs._ending && log.IsEnabled(logLevel);

        public void Log<TState>(LogLevel logLevel, EventId eventId, TState state, Exception? exception, Func<TState, Exception?, string> formatter)
        {
            if (!logs._ending)
                log.Log(logLevel, eventId, state, exception, formatter);
        }
    }
}
