namespace AppHost.Tests;

/// <summary>What the dashboard shows of one message: read back from it.</summary>
[Collection(nameof(MailSystem))]
public sealed class TraceTests(MailSystem system) : IDisposable
{
    private const string Whole = """
        edge: POST /messages
          edge: MSG slimta write slimta
            relay: MSG slimta wait slimta
            relay: MSG slimta deliver slimta
              relay: SMTP transaction
              relay: MSG slimta settle slimta
        """;

    private readonly CancellationTokenSource _timeout = new(TimeSpan.FromMinutes(2));

    [Fact]
    public async Task A_message_is_one_trace_that_reads_as_a_story_and_has_its_logs()
    {
        await system.HealthyAsync(_timeout.Token, "edge", "relay");
        var sent = await system.CommandAsync("edge", "send-test-message", _timeout.Token);

        var spans = await system.Dashboard.TraceOfAsync(sent.Data!.Value, Whole.Split('\n').Length, _timeout.Token);

        var root = spans.Where(span => !spans.Any(other => other.Id == span.Parent)).MinBy(span => span.Start)!;
        Assert.Equal(Whole.ReplaceLineEndings("\n"), Tree(spans, root, 0).TrimEnd());
        Assert.DoesNotContain(spans, span => span.Failed);
        var logs = await system.Dashboard.LogsAsync($"traceId={root.Trace}", all => all.Count >= 1, _timeout.Token);
        Assert.Contains(logs, line => line.Text.StartsWith($"{sent.Data.Value}: attempt 1 done", StringComparison.Ordinal));
        Assert.All(logs, line => Assert.Contains(spans, span => span.Id == line.Span));
    }

    [Fact]
    public async Task An_SMTP_session_is_logged_in_the_span_of_its_last_message()
    {
        await system.SendAsync([$"session {Guid.NewGuid():N}"], _timeout.Token);

        var logs = await system.Dashboard.LogsAsync("resource=edge", all => all.Any(line =>
            line.Text.StartsWith("SMTP session from 127.0.0.1 ended (quit)", StringComparison.Ordinal) && line.Text.EndsWith("1 accepted, 0 refused, no TLS, no login", StringComparison.Ordinal)), _timeout.Token);

        // Of all that the edge has logged within a trace, the span is there.
        await system.Dashboard.SpansAsync(spans =>
        {
            var known = spans.Select(span => (span.Trace, span.Id)).ToHashSet();
            return logs.Where(line => line.Trace.Length > 0 || line.Span.Length > 0).All(line => known.Contains((line.Trace, line.Span)));
        }, _timeout.Token);
        Assert.Contains(logs, line => line.Text.StartsWith("SMTP session", StringComparison.Ordinal) && line.Trace.Length > 0);
    }

    [Fact]
    public async Task Nothing_is_logged_of_Redis_clients_shaking_hands()
    {
        var logs = await system.Dashboard.LogsAsync("", all => all.Any(line => line.Text.StartsWith("The relay started as", StringComparison.Ordinal)), _timeout.Token);
        Assert.DoesNotContain(logs, line => line.Text.Contains("handshake", StringComparison.OrdinalIgnoreCase) || line.Text.Contains("multiplexer", StringComparison.OrdinalIgnoreCase));
    }

    public void Dispose() => _timeout.Dispose();

    private static string Tree(IReadOnlyList<DashboardSpan> spans, DashboardSpan root, int depth) =>
        new string(' ', 2 * depth) + $"{root.Resource}: {root.Title}\n"
        + string.Concat(spans.Where(span => span.Parent == root.Id).OrderBy(span => span.Start).Select(child => Tree(spans, child, depth + 1)));
}
