using System.Diagnostics.Metrics;
using System.Reflection;
using System.Runtime.CompilerServices;
using System.Text.RegularExpressions;

namespace Slimta.Docs;

/// <summary>What this build really registers on the meters that ServiceDefaults exports: those named Slimta.*.</summary>
internal static partial class Instruments
{
    public static readonly IReadOnlyList<Instrument> All = Listen();

    /// <summary>By OpenTelemetry's rules for Prometheus: dots to underscores, the unit as a suffix, _total for a counter.</summary>
    public static IEnumerable<string> PrometheusNames(Instrument instrument)
    {
        var name = NotAllowed().Replace(instrument.Name, "_");
        var unit = instrument.Unit switch
        {
            null or "" => "",
            "s" => "_seconds",
            "By" => "_bytes",
            ['{', ..] => "",
            var other => throw new NotSupportedException($"The unit {other} of {instrument.Name}"),
        };
        if (!name.EndsWith(unit, StringComparison.Ordinal))
            name += unit;
        return instrument.GetType().Name switch
        {
            "Counter`1" or "ObservableCounter`1" => [name + "_total"],
            "Histogram`1" => [name + "_bucket", name + "_sum", name + "_count"],
            _ => [name],
        };
    }

    private static List<Instrument> Listen()
    {
        foreach (var file in Directory.EnumerateFiles(AppContext.BaseDirectory, "Slimta*.dll"))
            foreach (var type in Assembly.LoadFrom(file).GetTypes().Where(HasMeter))
                RuntimeHelpers.RunClassConstructor(type.TypeHandle);
        List<Instrument> all = [];
        using var listener = new MeterListener
        {
            InstrumentPublished = (instrument, _) =>
            {
                if (instrument.Meter.Name.StartsWith("Slimta.", StringComparison.Ordinal))
                    all.Add(instrument);
            },
        };
        // Tells of all that there are.
        listener.Start();
        return all;
    }

    private static bool HasMeter(Type type) =>
        !type.ContainsGenericParameters
        && type.GetFields(BindingFlags.Static | BindingFlags.Public | BindingFlags.NonPublic).Any(field => field.FieldType == typeof(Meter));

    [GeneratedRegex("[^a-zA-Z0-9_:]")]
    private static partial Regex NotAllowed();
}
