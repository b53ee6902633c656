using System.Collections.Concurrent;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Time.Testing;

namespace Slimta.Tests.Edge;

public sealed class RefusalLogTests
{
    [Fact]
    public void An_outage_is_one_line_then_one_a_minute_with_a_count_and_one_when_it_is_over()
    {
        var time = new FakeTimeProvider();
        var lines = new Lines();
        var refusals = new RefusalLog(time, lines);

        for (var second = 0; second < 150; second++)
        {
            refusals.Refused($"id-{second}", "it is away");
            time.Advance(TimeSpan.FromSeconds(1));
        }
        refusals.Accepted();
        refusals.Accepted();

        Assert.Equal(
        [
            "id-0: not written to the queue; the client was told to try again later: it is away",
            "More messages not written to the queue in the last minute: 60; their clients were told to try again later: it is away",
            "More messages not written to the queue in the last minute: 60; their clients were told to try again later: it is away",
            "The queue takes mail again; messages refused meanwhile: 150",
        ], lines.All);
    }

    private sealed class Lines : ILogger
    {
        public ConcurrentQueue<string> All { get; } = new();

        public IDisposable? BeginScope<TState>(TState state) where TState : notnull => null;

        public bool IsEnabled(LogLevel logLevel) => true;

        public void Log<TState>(LogLevel logLevel, EventId eventId, TState state, Exception? exception, Func<TState, Exception?, string> formatter) =>
            All.Enqueue(formatter(state, exception));
    }
}
