using System.Collections.Concurrent;
using Microsoft.Extensions.Logging;
using Slimta.Storage.Redis;

namespace Slimta.Storage.Tests;

/// <summary>Keeps warnings and errors.</summary>
internal sealed class WarningLog : ILogger<RedisStorage>
{
    public ConcurrentQueue<string> Messages { get; } = new();

    public IDisposable? BeginScope<TState>(TState state) where TState : notnull => null;

    public bool IsEnabled(LogLevel logLevel) => logLevel >= LogLevel.Warning;

    public void Log<TState>(LogLevel logLevel, EventId eventId, TState state, Exception? exception, Func<TState, Exception?, string> formatter)
    {
        if (IsEnabled(logLevel))
            Messages.Enqueue(formatter(state, exception));
    }
}
