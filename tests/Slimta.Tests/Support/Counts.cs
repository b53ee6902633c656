using System.Collections.Concurrent;
using System.Diagnostics.Metrics;

namespace Slimta.Tests;

/// <summary>What a meter was told, as "instrument value": the value of each attribute, or the number where there is none.</summary>
internal sealed class Counts : ConcurrentQueue<string>, IDisposable
{
    private readonly MeterListener _listener = new();

    public Counts(string meter)
    {
        _listener.InstrumentPublished = (instrument, listener) =>
        {
            if (instrument.Meter.Name == meter)
                listener.EnableMeasurementEvents(instrument);
        };
        _listener.SetMeasurementEventCallback<long>((instrument, count, tags, _) => See(instrument, $"{count}", tags));
        _listener.SetMeasurementEventCallback<double>((instrument, _, tags, _) => See(instrument, "measured", tags));
        _listener.Start();
    }

    public void Dispose() => _listener.Dispose();

    private void See(Instrument instrument, string count, ReadOnlySpan<KeyValuePair<string, object?>> tags)
    {
        if (tags.IsEmpty)
            Enqueue($"{instrument.Name} {count}");
        foreach (var (_, value) in tags)
            Enqueue($"{instrument.Name} {value}");
    }
}
