using System.Diagnostics;
using System.Diagnostics.Metrics;

namespace Slimta.Storage;

/// <summary>
/// The storage's spans and metrics, named by OpenTelemetry's messaging conventions; docs/reference/telemetry.md lists them all.
/// </summary>
public static class QueueTelemetry
{
    /// <summary>The name of the activity source and of the meter.</summary>
    public const string Name = "Slimta.Storage";

    internal const string System = "slimta";

    internal static readonly ActivitySource Source = new(Name);
    internal static readonly Meter Meter = new(Name);

    internal static readonly Histogram<double> OperationDuration = Meter.CreateHistogram<double>(
        "messaging.client.operation.duration", "s", "Duration of queue operations.",
        advice: new InstrumentAdvice<double> { HistogramBucketBoundaries = [.0005, .001, .0025, .005, .01, .025, .05, .1, .25, .5, 1, 2.5, 5] });

    internal static readonly Counter<long> Sent = Meter.CreateCounter<long>(
        "messaging.client.sent.messages", "{message}", "Messages written to the queue.");

    internal static readonly Counter<long> Consumed = Meter.CreateCounter<long>(
        "messaging.client.consumed.messages", "{message}", "Messages handed out by wait.");

    internal static readonly UpDownCounter<long> Leases = Meter.CreateUpDownCounter<long>(
        "slimta.queue.leases", "{message}", "Messages that this process holds a lease on.");

    internal static readonly Gauge<long> Depth = Meter.CreateGauge<long>(
        "slimta.queue.messages", "{message}", "Messages in the queue, by slimta.message.state.");

    internal static readonly Gauge<long> Bytes = Meter.CreateGauge<long>(
        "slimta.queue.size", "By", "Size of all messages in the queue: content and attempt records.");

    internal static readonly Gauge<double> OldestDue = Meter.CreateGauge<double>(
        "slimta.queue.oldest_due.age", "s", "How long the message that has waited longest for a free relay has been due.");

    internal static readonly Gauge<double> OldestHeld = Meter.CreateGauge<double>(
        "slimta.queue.oldest_held.age", "s", "How long the message that has waited longest for an operator has been held.");

    internal static readonly Gauge<long> Rules = Meter.CreateGauge<long>(
        "slimta.queue.rules", "{rule}", "Rules of operators that stand, by slimta.rule.action: pause, hold, drop.");

    internal static readonly Gauge<long> Paused = Meter.CreateGauge<long>(
        "slimta.queue.paused", "{queue}", "1 while the whole queue is paused, else 0.");

    internal static readonly Gauge<long> Problem = Meter.CreateGauge<long>(
        "slimta.queue.problem", "{problem}", "1 for the reason, by slimta.problem, for which this process cannot use the queue, else 0: promise, access, format, unavailable, operation.");

    private static readonly string[] Problems = ["promise", "access", "format", "unavailable", "operation"];

    /// <param name="problem">One of <see cref="Problems"/>; null if the queue can be used.</param>
    internal static void RecordProblem(KeyValuePair<string, object?> queue, string? problem)
    {
        foreach (var known in Problems)
            Problem.Record(known == problem ? 1 : 0, queue, new("slimta.problem", known));
    }

    internal static string ProblemOf(Exception error) => error switch
    {
        UnsafeServerException => "promise",
        QueueAccessException => "access",
        QueueFormatException => "format",
        _ => "unavailable",
    };
}

/// <summary>One queue operation: its span and its measurement.</summary>
internal struct QueueOperation : IDisposable
{
    private readonly QueueTelemetryTarget _target;
    private readonly string _name;
    private readonly long _started;
    private string? _error;

    public QueueOperation(QueueTelemetryTarget target, string name, string type, ActivityKind kind, string? id = null)
    {
        _target = target;
        _name = name;
        _started = target.Time.GetTimestamp();
        Activity = QueueTelemetry.Source.StartActivity($"{name} {target.Queue}", kind);
        if (Activity is { IsAllDataRequested: true })
            target.Describe(Activity, name, type, id);
    }

    public Activity? Activity { get; }

    /// <summary>Marks the operation as failed; our own messages name no address and no content.</summary>
    public Exception Failed(Exception error)
    {
        _error = error.GetType().Name;
        Activity?.SetTag("error.type", _error).SetStatus(ActivityStatusCode.Error, error.Message);
        return error;
    }

    public readonly void Dispose()
    {
        if (QueueTelemetry.OperationDuration.Enabled)
        {
            var tags = new TagList
            {
                { "messaging.system", QueueTelemetry.System },
                { "messaging.operation.name", _name },
                { "messaging.destination.name", _target.Queue },
            };
            if (_error is not null)
                tags.Add("error.type", _error);
            QueueTelemetry.OperationDuration.Record(_target.Time.GetElapsedTime(_started).TotalSeconds, tags);
        }
        Activity?.Dispose();
    }
}

/// <summary>The tags that all spans of one storage share.</summary>
/// <param name="Queue">The queue's name: the prefix without its colon.</param>
internal sealed record QueueTelemetryTarget(string Queue, string ServerAddress, int? ServerPort, TimeProvider Time)
{
    public void Describe(Activity activity, string operation, string type, string? id)
    {
        activity.SetTag("messaging.system", QueueTelemetry.System)
            .SetTag("messaging.operation.name", operation)
            .SetTag("messaging.operation.type", type)
            // The older name, by which Aspire's dashboard calls the span.
            .SetTag("messaging.operation", operation)
            .SetTag("messaging.destination.name", Queue)
            .SetTag("server.address", ServerAddress);
        if (ServerPort is { } port)
            activity.SetTag("server.port", port);
        if (id is not null)
            activity.SetTag("messaging.message.id", id);
    }
}
