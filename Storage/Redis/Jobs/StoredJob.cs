using System.Text.Json;
using System.Text.Json.Serialization;

namespace Slimta.Storage.Redis;

/// <summary>A job as it stands in Redis: JSON, after "!who" and a line feed once it was canceled.</summary>
/// <param name="At">The order's time.</param>
/// <param name="Cursor">Where it goes on.</param>
internal sealed record StoredJob(
    OrderKind Kind, string Text, DateTimeOffset? At, string Author, MessageFilter Filter, DateTimeOffset Started, DateTimeOffset? Ended, OrderJobState State,
    long Examined, long Total, long Done, long Delivering, long Failed, IReadOnlyList<OrderFailure> Failures, string? CanceledBy, string? Problem, string? Cursor)
{
    private const char Canceled = '!';

    public static byte[] Write(OrderJob job, string? cursor) => JsonSerializer.SerializeToUtf8Bytes(new StoredJob(
        job.Order.Kind, job.Order.Text, job.Order.Due == Due.Now ? null : job.Order.Due.ToTime(job.Started), job.Author, job.Filter, job.Started, job.Ended, job.State,
        job.Examined, job.Total, job.Done, job.Delivering, job.Failed, job.Failures, job.CanceledBy, job.Problem, cursor), JobJson.Default.StoredJob);

    /// <summary>Null where it cannot be read.</summary>
    public static (OrderJob Job, string? Cursor)? Read(string id, string text)
    {
        var canceled = text.StartsWith(Canceled) ? text.IndexOf('\n', StringComparison.Ordinal) : -1;
        try
        {
            return JsonSerializer.Deserialize(text[(canceled + 1)..], JobJson.Default.StoredJob) is { Filter: not null, Author: not null, Text: not null } job
                && Enum.IsDefined(job.Kind) && Enum.IsDefined(job.State)
                ? (job.ToJob(id, canceled > 0 ? text[1..canceled] : null), job.Cursor) : null;
        }
        catch (JsonException)
        {
            return null;
        }
    }

    private OrderJob ToJob(string id, string? canceledBy) => new()
    {
        Id = id,
        Filter = Filter,
        Order = OperatorOrder.Of(Kind, Text, At, Author),
        Author = Author,
        Started = Started,
        Ended = Ended,
        State = State,
        Examined = Examined,
        Total = Total,
        Done = Done,
        Delivering = Delivering,
        Failed = Failed,
        Failures = Failures ?? [],
        // Asked for after its end, it changed nothing.
        CanceledBy = CanceledBy ?? (State == OrderJobState.Running ? canceledBy : null),
        Problem = Problem,
    };
}

[JsonSourceGenerationOptions(PropertyNamingPolicy = JsonKnownNamingPolicy.CamelCase, UseStringEnumConverter = true, IgnoreReadOnlyProperties = true,
    DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull)]
[JsonSerializable(typeof(StoredJob))]
internal sealed partial class JobJson : JsonSerializerContext;
