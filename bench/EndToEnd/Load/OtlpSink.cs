using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Logging;
using Slimta.EndToEnd.Bench.Processes;

namespace Slimta.EndToEnd.Bench.Load;

/// <summary>Takes what exporters send over OTLP/HTTP, counts it, and drops it.</summary>
internal sealed class OtlpSink : IAsyncDisposable
{
    private readonly WebApplication _app;
    private int _traces;

    private OtlpSink(WebApplication app)
    {
        _app = app;
        app.MapPost("/v1/{signal}", TakeAsync);
    }

    public int Port { get; } = Workshop.FreePort();

    /// <summary>Requests with spans; an exporter sends none when there is no span.</summary>
    public int Traces => Volatile.Read(ref _traces);

    public static async Task<OtlpSink> StartAsync()
    {
        var builder = WebApplication.CreateSlimBuilder();
        builder.Logging.ClearProviders();
        var sink = new OtlpSink(builder.Build());
        sink._app.Urls.Add($"http://127.0.0.1:{sink.Port}");
        await sink._app.StartAsync();
        return sink;
    }

    public ValueTask DisposeAsync() => _app.DisposeAsync();

    private async Task TakeAsync(string signal, HttpContext http)
    {
        await http.Request.Body.CopyToAsync(Stream.Null);
        if (signal == "traces")
            Interlocked.Increment(ref _traces);
        http.Response.ContentType = "application/x-protobuf";
    }
}
