using System.Net.Http.Json;
using System.Text.Json;

namespace AppHost.Tests;

/// <summary>The telemetry that the dashboard got, over its API.</summary>
internal sealed class Dashboard : IDisposable
{
    private readonly HttpClient _http;

    public Dashboard(string address, string key)
    {
        _http = new() { BaseAddress = new(address) };
        _http.DefaultRequestHeaders.Add("x-api-key", key);
    }

    public void Dispose() => _http.Dispose();

    /// <summary>The spans of the trace that has this message, once there are as many.</summary>
    public Task<List<DashboardSpan>> TraceOfAsync(string messageId, int spans, CancellationToken cancellationToken) => UntilAsync(
        async () =>
        {
            var all = await SpansAsync(cancellationToken);
            var known = all.Find(span => span.Attributes.GetValueOrDefault("messaging.message.id") == messageId);
            return all.FindAll(span => span.Trace == known?.Trace);
        },
        trace => trace.Count >= spans, cancellationToken);

    /// <summary>The structured logs, once they are enough.</summary>
    /// <param name="query">"traceId=..." or "resource=..."; empty for all.</param>
    public Task<IReadOnlyList<DashboardLog>> LogsAsync(string query, Func<IReadOnlyList<DashboardLog>, bool> isEnough, CancellationToken cancellationToken) =>
        UntilAsync(() => LogsAsync($"?{query}&limit=5000", cancellationToken), isEnough, cancellationToken);

    /// <summary>All spans, once they are enough.</summary>
    public Task<List<DashboardSpan>> SpansAsync(Func<List<DashboardSpan>, bool> isEnough, CancellationToken cancellationToken) =>
        UntilAsync(() => SpansAsync(cancellationToken), isEnough, cancellationToken);

    /// <summary>It tells nothing by itself and can only be asked again; exporters send in batches, every few seconds.</summary>
    private static async Task<T> UntilAsync<T>(Func<Task<T>> ask, Func<T, bool> isEnough, CancellationToken cancellationToken)
    {
        using var again = new PeriodicTimer(TimeSpan.FromMilliseconds(250));
        while (true)
        {
            if (await ask() is var answer && isEnough(answer))
                return answer;
            await again.WaitForNextTickAsync(cancellationToken);
        }
    }

    private async Task<IReadOnlyList<DashboardLog>> LogsAsync(string query, CancellationToken cancellationToken)
    {
        var answer = await _http.GetFromJsonAsync<JsonElement>($"/api/telemetry/logs{query}", cancellationToken);
        return [.. Scopes(answer, "resourceLogs", "scopeLogs").SelectMany(scope => Items(scope.Scope, "logRecords"))
            .Select(DashboardLog.Of)];
    }

    private async Task<List<DashboardSpan>> SpansAsync(CancellationToken cancellationToken)
    {
        var answer = await _http.GetFromJsonAsync<JsonElement>("/api/telemetry/spans?limit=5000", cancellationToken);
        return [.. Scopes(answer, "resourceSpans", "scopeSpans").SelectMany(scope => Items(scope.Scope, "spans").Select(span => DashboardSpan.Of(scope.Resource, span)))];
    }

    private static IEnumerable<(string Resource, JsonElement Scope)> Scopes(JsonElement answer, string resources, string scopes) =>
        Items(answer.GetProperty("data"), resources).SelectMany(resource =>
            Items(resource, scopes).Select(scope => (DashboardSpan.Text(resource.GetProperty("resource"), "service.name"), scope)));

    private static IEnumerable<JsonElement> Items(JsonElement parent, string name) =>
        parent.TryGetProperty(name, out var items) && items.ValueKind == JsonValueKind.Array ? items.EnumerateArray() : [];
}

/// <param name="Trace">Empty outside a trace.</param>
/// <param name="Span">The span that it was logged in.</param>
internal sealed record DashboardLog(string Text, string Trace, string Span)
{
    public static DashboardLog Of(JsonElement record) => new(
        record.GetProperty("body").GetProperty("stringValue").GetString()!, Id(record, "traceId"), Id(record, "spanId"));

    private static string Id(JsonElement record, string name) => record.TryGetProperty(name, out var id) ? id.GetString() ?? "" : "";
}

internal sealed record DashboardSpan(
    string Resource, string Name, int Kind, string Trace, string Id, string? Parent, ulong Start, bool Failed, IReadOnlyDictionary<string, string> Attributes)
{
    private const int Producer = 4, Client = 3, Consumer = 5;

    /// <summary>As the dashboard calls it in a trace (OtlpSpan.GetDisplaySummary).</summary>
    public string Title => Kind is Producer or Client or Consumer && Attributes.TryGetValue("messaging.system", out var system)
        ? $"MSG {system} {Attributes.GetValueOrDefault("messaging.operation")} {Attributes.GetValueOrDefault("messaging.destination.name")}"
        : Name;

    public static DashboardSpan Of(string resource, JsonElement span) => new(
        resource,
        span.GetProperty("name").GetString()!,
        span.GetProperty("kind").GetInt32(),
        span.GetProperty("traceId").GetString()!,
        span.GetProperty("spanId").GetString()!,
        span.TryGetProperty("parentSpanId", out var parent) ? parent.GetString() : null,
        ulong.Parse($"{span.GetProperty("startTimeUnixNano")}"),
        span.TryGetProperty("status", out var status) && status.TryGetProperty("code", out var code) && $"{code}" is "2" or "STATUS_CODE_ERROR",
        AttributesOf(span));

    public static string Text(JsonElement holder, string key) => AttributesOf(holder).GetValueOrDefault(key, "");

    private static Dictionary<string, string> AttributesOf(JsonElement holder) =>
        holder.TryGetProperty("attributes", out var attributes)
            ? attributes.EnumerateArray().ToDictionary(
                pair => pair.GetProperty("key").GetString()!,
                pair => pair.GetProperty("value").EnumerateObject().Select(value => $"{value.Value}").FirstOrDefault() ?? "", StringComparer.Ordinal)
            : [];
}
