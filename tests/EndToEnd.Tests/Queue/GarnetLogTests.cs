using Microsoft.Extensions.Logging;
using Slimta.Standalone;

namespace Slimta.EndToEnd;

public sealed class GarnetLogTests
{
    [Fact]
    public void That_the_end_cuts_sessions_off_is_not_logged_as_critical()
    {
        using var heard = new Heard();
        using var host = LoggerFactory.Create(logging => logging.AddProvider(heard));
        using var logs = new GarnetLogs(host);
        var (session, store) = (logs.CreateLogger("Session"), logs.CreateLogger("Store"));

        Say(session, "while it runs");
        logs.End();
        Say(session, "cut off");
        Say(store, "not written");

        Assert.Equal(["Garnet.Session: while it runs", "Garnet.Store: not written"], heard.Lines);
    }

#pragma warning disable CA2254, CA1848 // A line of Garnet's, not of ours.
    private static void Say(ILogger log, string what) => log.LogCritical(what);
#pragma warning restore CA2254, CA1848

    private sealed class Heard : ILoggerProvider
    {
        public List<string> Lines { get; } = [];

        public ILogger CreateLogger(string categoryName) => new Log(categoryName, Lines);

        public void Dispose()
        {
        }

        private sealed class Log(string category, List<string> lines) : ILogger
        {
            public IDisposable? BeginScope<TState>(TState state) where TState : notnull => null;

            public bool IsEnabled(LogLevel logLevel) => true;

            void ILogger.Log<TState>(LogLevel logLevel, EventId eventId, TState state, Exception? exception, Func<TState, Exception?, string> formatter) =>
                lines.Add($"{category}: {formatter(state, exception)}");
        }
    }
}
