using System.Diagnostics;
using OpenTelemetry;
using OpenTelemetry.Logs;

namespace Microsoft.Extensions.Hosting;

/// <summary>
/// A log line carries a span that is exported, or none. Some activities are none: those that a filter took out, such as that of a
/// health check, and those that only carry on a trace in which something is logged after its span has ended.
/// </summary>
internal sealed class SpansOfLogs : BaseProcessor<LogRecord>
{
    public override void OnEnd(LogRecord data)
    {
        var activity = Activity.Current;
        if (activity is null || IsExported(activity))
            return;
        while (activity.Parent is { } parent && !IsExported(activity))
            activity = parent;
        // An activity that only carries on a trace stands for its parent's span.
        var span = IsExported(activity) ? activity.SpanId : activity.Recorded ? activity.ParentSpanId : default;
        (data.TraceId, data.SpanId) = span == default ? default : (activity.TraceId, span);
        data.TraceFlags = span == default ? ActivityTraceFlags.None : activity.ActivityTraceFlags;
    }

    /// <summary>Without a source no exporter hears of it.</summary>
    private static bool IsExported(Activity activity) => activity.Recorded && activity.Source.Name.Length > 0;
}
