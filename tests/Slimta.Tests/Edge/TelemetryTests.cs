using System.Collections.Concurrent;
using System.Diagnostics;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using Slimta.Edge;

namespace Slimta.Tests.Edge;

[Collection("edge")]
public sealed class TelemetryTests(RedisServer redis)
{
    private const string Trace = "0af7651916cd43dd8448eb211c80319c";
    private const string Header = "Traceparent: 00-" + Trace + "-b7ad6b7169203331-01\r\n";
    private const string Transaction = "MAIL FROM:<ann@secret.test>\r\nRCPT TO:<bob@secret.test>\r\nDATA\r\n" + Header + "\r\nprivate words\r\n.\r\n";

    [Fact]
    public async Task A_transaction_has_a_span_with_the_write_under_it_and_continues_the_callers_trace()
    {
        using var spans = new Spans();
        await using var host = await EdgeHost.StartAsync(redis.Process.ConnectionString);
        await host.SayAsync("EHLO c.test\r\n" + Transaction + Transaction);
        var mine = spans.Where(span => span.TraceId.ToString() == Trace).ToList();
        var received = mine.Where(span => span.OperationName == "smtp receive").ToList();
        Assert.Equal(2, received.Count);
        Assert.All(received, span => Assert.Equal((ActivityKind.Server, "b7ad6b7169203331"), (span.Kind, span.ParentSpanId.ToString())));
        Assert.All(received, span => Assert.Single(mine, write => write.ParentSpanId == span.SpanId && write.OperationName.StartsWith("write ", StringComparison.Ordinal)));
        var queued = await host.QueuedAsync();
        Assert.Equal(queued.Select(q => q.Message.Id).Order(), received.Select(span => (string)span.GetTagItem("messaging.message.id")!).Order());
        Assert.All(queued, q => Assert.Equal(Trace, q.Message.TraceContext.TraceId.ToString()));
        Assert.DoesNotContain(mine.SelectMany(span => span.TagObjects.Append(new("name", span.DisplayName))), tag => $"{tag.Value}".Contains("secret", StringComparison.Ordinal));
    }

    [Fact]
    public async Task A_request_continues_the_trace_of_its_header()
    {
        using var spans = new Spans();
        // OpenTelemetry, wherever a test of this process has it, watches every HTTP client and writes its own trace into the field.
        using var watched = Watched();
        await using var host = await EdgeHost.StartAsync(redis.Process.ConnectionString);
        using var http = new HttpClient(new SocketsHttpHandler { ActivityHeadersPropagator = null }) { BaseAddress = host.Http };
        const string Mine = "1af7651916cd43dd8448eb211c80319c";
        using var request = new HttpRequestMessage(HttpMethod.Post, "/messages?sender=a@a.test&recipient=b@b.test");
        request.Content = new StringContent("\r\n", null, "message/rfc822");
        request.Headers.Add("traceparent", $"00-{Mine}-b7ad6b7169203331-01");
        using var response = await http.SendAsync(request);
        Assert.Equal((System.Net.HttpStatusCode.Accepted, ""), (response.StatusCode, response.IsSuccessStatusCode ? "" : await response.Content.ReadAsStringAsync()));
        Assert.Single(spans, span => span.OperationName.StartsWith("write ", StringComparison.Ordinal) && span.TraceId.ToString() == Mine);
        Assert.Equal(Mine, Assert.Single(await host.QueuedAsync()).Message.TraceContext.TraceId.ToString());
    }

    private static IHost Watched()
    {
        var builder = Host.CreateEmptyApplicationBuilder(null);
        builder.AddServiceDefaults();
        var host = builder.Build();
        host.Services.GetRequiredService<OpenTelemetry.Trace.TracerProvider>();
        return host;
    }

    [Fact]
    public async Task What_is_refused_has_an_error_and_is_counted()
    {
        using var spans = new Spans();
        using var counted = new Counts(EdgeTelemetry.Name);
        await using var host = await EdgeHost.StartAsync(redis.Process.ConnectionString, new() { ["Edge:Relay:Networks:0"] = "192.0.2.0/24", ["Edge:Hostname"] = "refuses.test" });
        var port = host.Smtp[0].Port;
        await host.SayAsync("EHLO c.test\r\nMAIL FROM:<a@a.test>\r\nRCPT TO:<b@b.test>\r\nBOGUS\r\n");
        var span = Assert.Single(spans, span => span.OperationName == "smtp receive" && Equals(span.GetTagItem("server.port"), port));
        Assert.Equal("abandoned", span.GetTagItem("error.type"));
        Assert.Contains("slimta.edge.refused 5.7.1", counted);
        Assert.Contains("slimta.edge.refused 5.5.1", counted);
    }

    [Fact]
    public async Task What_is_accepted_is_counted_and_sessions_are_measured()
    {
        using var counted = new Counts(EdgeTelemetry.Name);
        await using (var host = await EdgeHost.StartAsync(redis.Process.ConnectionString))
        {
            await host.SayAsync("EHLO c.test\r\n" + Transaction + "QUIT\r\n");
            using var http = new HttpClient { BaseAddress = host.Http };
            using var response = await http.PostAsync("/messages?sender=a@a.test&recipient=b@b.test", new StringContent("\r\n", null, "message/rfc822"));
        }
        foreach (var measured in new[]
        {
            "slimta.edge.messages.accepted smtp", "slimta.edge.messages.accepted http", "slimta.edge.sessions 1", "slimta.edge.sessions -1", "slimta.edge.session.duration quit",
        })
            Assert.Contains(measured, counted);
    }

    [Fact]
    public async Task Nothing_private_is_logged()
    {
        var lines = new ConcurrentQueue<string>();
        await using (var host = await EdgeHost.StartAsync(redis.Process.ConnectionString,
            new() { ["Edge:Users:ann"] = PasswordHash.Create("hunter2", 1000), ["Edge:Smtp:AllowPlaintextAuth"] = "true", ["Logging:LogLevel:Default"] = "Trace" },
            services => services.AddLogging(logging => logging.AddProvider(new Lines(lines)))))
        {
            await host.SayAsync($"EHLO c.test\r\nAUTH PLAIN {Convert.ToBase64String("\0ann\0hunter2"u8)}\r\n" + Transaction + "QUIT\r\n");
        }
        Assert.Contains(lines, line => line.Contains("SMTP session from 127.0.0.1 ended (quit)", StringComparison.Ordinal) && line.Contains("1 accepted", StringComparison.Ordinal));
        foreach (var secret in new[] { "hunter2", "AGFubgBodW50ZXIy", "bob@", "ann@", "private words" })
            Assert.DoesNotContain(lines, line => line.Contains(secret, StringComparison.Ordinal));
    }

    private sealed class Spans : ConcurrentQueue<Activity>, IDisposable
    {
        private readonly ActivityListener _listener;

        public Spans()
        {
            _listener = new()
            {
                ShouldListenTo = source => source.Name.StartsWith("Slimta.", StringComparison.Ordinal) || source.Name == "Microsoft.AspNetCore",
                Sample = (ref ActivityCreationOptions<ActivityContext> _) => ActivitySamplingResult.AllDataAndRecorded,
                ActivityStopped = Enqueue,
            };
            ActivitySource.AddActivityListener(_listener);
        }

        public void Dispose() => _listener.Dispose();
    }

    private sealed class Lines(ConcurrentQueue<string> lines) : ILoggerProvider, ILogger
    {
        public ILogger CreateLogger(string categoryName) => this;
        public IDisposable? BeginScope<TState>(TState state) where TState : notnull => null;
        public bool IsEnabled(LogLevel logLevel) => true;

        public void Log<TState>(LogLevel logLevel, EventId eventId, TState state, Exception? exception, Func<TState, Exception?, string> formatter) =>
            lines.Enqueue(formatter(state, exception) + exception);

        public void Dispose()
        {
        }
    }
}
