using System.Collections.Concurrent;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Logging;
using Slimta.Storage.Tests.Support;

namespace Slimta.EndToEnd;

/// <summary>Takes what exporters send over OTLP/HTTP: keeps the spans, and counts requests of each signal.</summary>
internal sealed class OtlpReceiver : IAsyncDisposable
{
    private readonly WebApplication _app;
    private readonly ConcurrentBag<Span> _spans = [];
    private readonly int _port;
    private readonly ConcurrentDictionary<string, int> _requests = new(StringComparer.Ordinal);
    private TaskCompletionSource _arrival = NextArrival();

    private OtlpReceiver(WebApplication app, int port)
    {
        _app = app;
        _port = port;
        app.MapPost("/v1/{signal}", TakeAsync);
    }

    /// <summary>What tells a process to export here, under its own name.</summary>
    public Dictionary<string, string> EnvironmentOf(string name) => new(StringComparer.Ordinal)
    {
        ["OTEL_SERVICE_NAME"] = name,
        ["OTEL_EXPORTER_OTLP_ENDPOINT"] = $"http://127.0.0.1:{_port}",
        ["OTEL_EXPORTER_OTLP_PROTOCOL"] = "http/protobuf",
        // By default spans come after five seconds and metrics after a minute.
        ["OTEL_BSP_SCHEDULE_DELAY"] = "100",
        ["OTEL_BLRP_SCHEDULE_DELAY"] = "100",
        ["OTEL_METRIC_EXPORT_INTERVAL"] = "200",
    };

    public static async Task<OtlpReceiver> StartAsync()
    {
        var port = RedisProcess.FreePort();
        var builder = WebApplication.CreateBuilder();
        builder.Logging.ClearProviders();
        var app = builder.Build();
        app.Urls.Add($"http://127.0.0.1:{port}");
        var receiver = new OtlpReceiver(app, port);
        await app.StartAsync();
        return receiver;
    }

    /// <summary>Waits until the spans here satisfy <paramref name="enough"/>.</summary>
    public async Task<List<Span>> SpansAsync(Func<IReadOnlyList<Span>, bool> enough)
    {
        while (true)
        {
            // Taken before the look: what comes after it is not missed.
            var arrival = Volatile.Read(ref _arrival).Task;
            var spans = _spans.ToList();
            if (enough(spans))
                return spans;
            await arrival;
        }
    }

    /// <summary>Waits until something of a signal came: traces, metrics, logs.</summary>
    public async Task GotAsync(string signal)
    {
        while (true)
        {
            var arrival = Volatile.Read(ref _arrival).Task;
            if (_requests.ContainsKey(signal))
                return;
            await arrival;
        }
    }

    public ValueTask DisposeAsync() => _app.DisposeAsync();

    private static TaskCompletionSource NextArrival() => new(TaskCreationOptions.RunContinuationsAsynchronously);

    private async Task TakeAsync(string signal, HttpContext http)
    {
        using var body = new MemoryStream();
        await http.Request.Body.CopyToAsync(body);
        if (signal == "traces")
        {
            foreach (var span in Span.Read(body.ToArray()))
                _spans.Add(span);
        }
        _requests.AddOrUpdate(signal, 1, (_, count) => count + 1);
        Interlocked.Exchange(ref _arrival, NextArrival()).SetResult();
        http.Response.ContentType = "application/x-protobuf";
    }
}
