using System.Collections.Concurrent;
using System.Diagnostics;
using Slimta.Storage.Redis;
using Slimta.Storage.Tests.Support;

namespace Slimta.Storage.Tests;

/// <summary>Every operation's span: name, kind, attributes, parent and link, as docs/reference/telemetry.md says.</summary>
public sealed class TelemetryTests : IClassFixture<RedisFixture>, IAsyncLifetime
{
    private static readonly ActivitySource Tests = new("Storage.Tests");

    private readonly ConcurrentQueue<Activity> _spans = new();
    private readonly ActivityListener _listener;
    private readonly RedisFixture _redis;
    private readonly string _queue = $"q{Guid.NewGuid().ToString("N")[..10]}";
    private RedisStorage _storage = null!;

    public TelemetryTests(RedisFixture redis)
    {
        _redis = redis;
        _listener = new ActivityListener
        {
            ShouldListenTo = source => source.Name is QueueTelemetry.Name or "Storage.Tests",
            Sample = (ref _) => ActivitySamplingResult.AllDataAndRecorded,
            ActivityStopped = _spans.Enqueue,
        };
        ActivitySource.AddActivityListener(_listener);
    }

    public Task InitializeAsync()
    {
        _storage = new RedisStorage(_redis.Settings, new QueueOptions { Prefix = _queue + ":", BodyConnections = 1 });
        return Task.CompletedTask;
    }

    public async Task DisposeAsync()
    {
        _listener.Dispose();
        await _storage.DisposeAsync();
    }

    [Fact]
    public async Task One_trace_runs_from_the_write_to_the_settlement_of_the_first_attempt()
    {
        using var client = Tests.StartActivity("accept", ActivityKind.Server)!;
        var id = await _storage.WriteAsync(Mail.ToThree());
        client.Stop();
        await using var entry = await NextAsync();
        using (Tests.StartActivity("deliver", ActivityKind.Consumer, entry.TraceContext))
            await entry.SettleAsync(Settlement.Remove() with { Attempt = Mail.Attempt() });

        var write = AssertSpan("write", "send", ActivityKind.Producer, id);
        Assert.Equal(client.SpanId, write.ParentSpanId);
        Assert.Equal((long)Mail.Content.Length, write.GetTagItem("messaging.message.body.size"));
        var wait = AssertSpan("wait", "receive", ActivityKind.Client, id);
        Assert.Equal((client.TraceId, write.SpanId), (wait.TraceId, wait.ParentSpanId));
        Assert.Empty(wait.Links);
        Assert.Equal((write.TraceId, write.SpanId), (entry.TraceContext.TraceId, entry.TraceContext.SpanId));
        var settle = AssertSpan("settle", "settle", ActivityKind.Client, id);
        Assert.Equal(client.TraceId, settle.TraceId);
        Assert.Equal("remove", settle.GetTagItem("slimta.settle.kind"));
    }

    [Fact]
    public async Task A_later_attempt_has_its_own_trace_linked_to_the_first()
    {
        var id = await _storage.WriteAsync(Mail.ToThree());
        await using (var first = await NextAsync())
            await first.SettleAsync(Settlement.Retry(Due.Now) with { Attempt = Mail.Attempt() });
        await using var second = await NextAsync();

        var write = AssertSpan("write", "send", ActivityKind.Producer, id);
        var wait = _spans.Last(s => s.DisplayName == $"wait {_queue}");
        Assert.NotEqual(write.TraceId, wait.TraceId);
        Assert.Equal(default, wait.ParentSpanId);
        var link = Assert.Single(wait.Links).Context;
        Assert.Equal((write.TraceId, write.SpanId), (link.TraceId, link.SpanId));
        Assert.Equal((wait.TraceId, wait.SpanId), (second.TraceContext.TraceId, second.TraceContext.SpanId));
        Assert.Equal(1, wait.GetTagItem("slimta.message.attempts"));
    }

    [Fact]
    public async Task Each_of_the_seeds_and_the_operators_operations_has_its_span()
    {
        var id = await _storage.WriteAsync(Mail.ToThree(), TimeSpan.FromHours(1));
        await _storage.SetTimestampAsync(id, TimeSpan.FromHours(2));
        await _storage.IncrementAttemptsAsync(id);
        await _storage.SetRecipientsDeliveredAsync(id, [0]);
        await _storage.GetAsync(id);
        await foreach (var _ in _storage.LoadAsync())
        {
            // Read to the end.
        }
        await _storage.HoldAsync(id, "why");
        await _storage.ReleaseHoldAsync(id, TimeSpan.FromHours(1));
        await _storage.RetryNowAsync(id);
        await _storage.RetryAllNowAsync();
        await using (var entry = await NextAsync())
            await entry.ReleaseAsync();
        await _storage.RemoveAsync(id);

        foreach (var name in (string[])["set_timestamp", "increment_attempts", "set_recipients_delivered", "hold", "release_hold", "retry_now", "release", "remove"])
            AssertSpan(name, "settle", ActivityKind.Client, id);
        AssertSpan("get", "receive", ActivityKind.Client, id);
        AssertSpan("load", "receive", ActivityKind.Client, null);
        AssertSpan("retry_all_now", "settle", ActivityKind.Client, null);
    }

    [Fact]
    public async Task A_failure_is_on_the_span_and_names_no_address()
    {
        await Assert.ThrowsAsync<KeyNotFoundException>(() => _storage.GetAsync("0-00000000000000000000000000"));

        var span = Assert.Single(_spans, s => s.DisplayName == $"get {_queue}");
        Assert.Equal(ActivityStatusCode.Error, span.Status);
        Assert.Equal(nameof(KeyNotFoundException), span.GetTagItem("error.type"));
    }

    [Fact]
    public async Task No_span_holds_an_address_or_content()
    {
        await _storage.WriteAsync(Mail.ToThree());
        await using (var entry = await NextAsync())
            await entry.SettleAsync(Settlement.Hold("why") with { Attempt = Mail.Attempt() });

        Assert.All(_spans.SelectMany(s => s.TagObjects), tag => Assert.DoesNotContain("@", $"{tag.Value}", StringComparison.Ordinal));
    }

    [Fact]
    public async Task An_idle_consumer_makes_no_span()
    {
        await using var idle = new RedisStorage(_redis.Settings, new QueueOptions { Prefix = _queue + "-idle:", PollInterval = TimeSpan.FromMilliseconds(50), BodyConnections = 1 });
        await using var entries = idle.WaitAsync().GetAsyncEnumerator();
        var next = entries.MoveNextAsync().AsTask();
        await Assert.ThrowsAsync<TimeoutException>(() => next.WaitAsync(TimeSpan.FromMilliseconds(500)));
        Assert.DoesNotContain(_spans, s => s.DisplayName.Contains("-idle", StringComparison.Ordinal));

        await idle.WriteAsync(Mail.ToThree());
        Assert.True(await next);
        Assert.Contains(_spans, s => s.DisplayName == $"wait {_queue}-idle");
    }

    private Activity AssertSpan(string operation, string type, ActivityKind kind, string? id)
    {
        var span = Assert.Single(_spans, s => s.DisplayName == $"{operation} {_queue}" && s.Source.Name == QueueTelemetry.Name);
        Assert.Equal(kind, span.Kind);
        Assert.Equal("slimta", span.GetTagItem("messaging.system"));
        Assert.Equal(operation, span.GetTagItem("messaging.operation.name"));
        Assert.Equal(type, span.GetTagItem("messaging.operation.type"));
        Assert.Equal(_queue, span.GetTagItem("messaging.destination.name"));
        Assert.Equal("127.0.0.1", span.GetTagItem("server.address"));
        Assert.IsType<int>(span.GetTagItem("server.port"));
        Assert.Equal(id, span.GetTagItem("messaging.message.id"));
        Assert.Null(span.GetTagItem("error.type"));
        return span;
    }

    private async Task<QueueEntry> NextAsync()
    {
        await foreach (var entry in _storage.WaitAsync())
            return entry;
        throw new InvalidOperationException("wait() ended.");
    }
}
