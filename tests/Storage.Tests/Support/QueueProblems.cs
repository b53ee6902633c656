using System.Collections.Concurrent;
using System.Diagnostics.Metrics;

namespace Slimta.Storage.Tests;

/// <summary>What the gauge slimta.queue.problem says of one queue.</summary>
internal sealed class QueueProblems : IDisposable
{
    private readonly ConcurrentDictionary<string, long> _all = new(StringComparer.Ordinal);
    private readonly MeterListener _listener;

    public QueueProblems(string prefix)
    {
        _listener = new MeterListener
        {
            InstrumentPublished = (instrument, listener) =>
            {
                if (instrument.Name == "slimta.queue.problem")
                    listener.EnableMeasurementEvents(instrument);
            },
        };
        _listener.SetMeasurementEventCallback<long>((_, value, tags, _) =>
        {
            var tagged = new Dictionary<string, object?>([.. tags]);
            if (prefix.TrimEnd(':').Equals(tagged["messaging.destination.name"]))
                _all[(string)tagged["slimta.problem"]!] = value;
        });
        _listener.Start();
    }

    /// <summary>Those that there are.</summary>
    public IEnumerable<string> Now => _all.IsEmpty
        ? throw new InvalidOperationException("Nothing was measured yet.")
        : _all.Where(problem => problem.Value == 1).Select(problem => problem.Key);

    public void Dispose() => _listener.Dispose();
}
