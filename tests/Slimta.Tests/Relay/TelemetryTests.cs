using System.Collections.Concurrent;
using System.Diagnostics;
using Slimta.Relay;
using Slimta.Tests.Mailbox;

namespace Slimta.Tests.Relay;

[Collection("relay")]
public class TelemetryTests(RedisServer redis)
{
    [Fact]
    public async Task One_trace_shows_the_write_the_attempt_and_what_the_server_said()
    {
        var spans = new ConcurrentBag<Activity>();
        using var listener = new ActivityListener
        {
            ShouldListenTo = source => source.Name.StartsWith("Slimta.", StringComparison.Ordinal),
            Sample = (ref ActivityCreationOptions<ActivityContext> _) => ActivitySamplingResult.AllDataAndRecorded,
            ActivityStopped = spans.Add,
        };
        ActivitySource.AddActivityListener(listener);
        await using var mailbox = await MailboxHost.StartAsync();
        RelayHost relay;
        string id;
        // An attempt is logged within its span, which ends a moment later, and before the relay has stopped.
        await using (relay = await RelayHost.StartAsync(redis.Process.ConnectionString, new() { ["Relay:Smarthost"] = mailbox.Address }))
        {
            id = await relay.WriteAsync("secret-sender@a.test", "secret-recipient@b.test", "tempfail+secret@b.test");
            await relay.SettledAsync();
            await relay.Operator.RetryNowAsync(id);
            await relay.SettledAsync();
        }

        var attempts = spans.Where(span => span.Source.Name == RelayTelemetry.Name && Equals(span.GetTagItem("messaging.message.id"), id))
            .OrderBy(span => span.GetTagItem("slimta.attempt")).ToList();
        var write = spans.Single(span => span.OperationName.StartsWith("write", StringComparison.Ordinal) && Equals(span.GetTagItem("messaging.message.id"), id));
        Assert.Equal(2, attempts.Count);
        Assert.Equal((write.TraceId, ActivityKind.Consumer), (attempts[0].TraceId, attempts[0].Kind));
        Assert.NotEqual(write.TraceId, attempts[1].TraceId);
        Assert.Contains(spans, span => span.TraceId == attempts[1].TraceId && span.Links.Any(link => link.Context.SpanId == write.SpanId));

        var transaction = Assert.Single(spans, span => span.ParentSpanId == attempts[0].SpanId && span.OperationName == "SMTP transaction");
        Assert.Equal((ActivityKind.Client, 450, "4.2.0", "127.0.0.1"),
            (transaction.Kind, transaction.GetTagItem("smtp.response.status_code"), transaction.GetTagItem("smtp.response.enhanced_code"), transaction.GetTagItem("server.address")));
        Assert.Contains(spans, span => span.TraceId == write.TraceId && span.OperationName.StartsWith("settle", StringComparison.Ordinal));

        var told = spans.Where(span => span.Source.Name == RelayTelemetry.Name).SelectMany(span => span.TagObjects.Select(tag => $"{tag.Value}").Append(span.DisplayName).Append(span.StatusDescription));
        Assert.DoesNotContain(told.Concat(relay.Log), text => text?.Contains("secret", StringComparison.Ordinal) ?? false);
    }

    [Fact]
    public async Task What_became_of_recipients_messages_and_reports_is_counted()
    {
        using var counted = new Counts(RelayTelemetry.Name);
        await using var mailbox = await MailboxHost.StartAsync();
        await using (var relay = await RelayHost.StartAsync(redis.Process.ConnectionString, new() { ["Relay:Smarthost"] = mailbox.Address }))
        {
            await relay.WriteAsync("a@a.test", "good@b.test", "tempfail@b.test", "permfail@b.test");
            await relay.WriteAsync("a@a.test", "drop-after-dot@b.test");
            // Two messages, and the report.
            string[] ended = [(await relay.SettledAsync()).Settlement, (await relay.SettledAsync()).Settlement, (await relay.SettledAsync()).Settlement];
            Assert.Equal(["deferred", "deferred", "done"], ended.Order());
        }
        foreach (var measured in new[]
        {
            "recipients unknown", "recipients transient", "recipients permanent", "recipients delivered", "messages deferred", "messages done",
            "reports failed", "attempt.duration deferred", "time_in_queue measured", "attempts.active 1", "attempts.active -1",
        })
            Assert.Contains($"slimta.relay.{measured}", counted);
    }
}
