using System.Diagnostics.Metrics;

namespace Slimta.Standalone;

/// <summary>The metrics of the embedded Garnet's folder; docs/reference/telemetry.md lists them.</summary>
internal static class GarnetTelemetry
{
    private static readonly Meter Meter = new("Slimta.Standalone");

    public static readonly Gauge<int> Refusing = Meter.CreateGauge<int>(
        "slimta.store.refusing", "{problem}", "1 while the embedded queue takes no new mail, else 0.");

    private static readonly Gauge<long> Free = Meter.CreateGauge<long>(
        "slimta.store.disk.free", "By", "Free space of the disk that the embedded queue writes to.");

    private static readonly Gauge<long> Needed = Meter.CreateGauge<long>(
        "slimta.store.disk.needed", "By", "Free space below which the embedded queue takes no new mail: Garnet:MinFreeBytes and what a checkpoint takes.");

    public static void RecordDisk(long free, long needed)
    {
        Free.Record(free);
        Needed.Record(needed);
    }
}
