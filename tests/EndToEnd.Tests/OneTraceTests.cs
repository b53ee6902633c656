using Slimta.Storage.Tests.Support;

namespace Slimta.EndToEnd;

/// <summary>One message through an edge and a relay in different processes is one trace, with every span where it belongs.</summary>
public sealed class OneTraceTests
{
    private const string Whole = """
        edge: smtp receive
          edge: write slimta
            relay: wait slimta
            relay: deliver slimta
              relay: SMTP transaction
              relay: settle slimta
        """;

    [Fact]
    public async Task Shows_the_way_of_a_message_through_two_processes()
    {
        await using var otlp = await OtlpReceiver.StartAsync();
        await using var redis = await RedisProcess.StartAsync();
        await using var mailbox = await StandaloneProcess.StartAsync("mailbox");
        var shared = new Dictionary<string, string>
        {
            ["ConnectionStrings:redis"] = redis.ConnectionString,
            ["Relay:Smarthost"] = $"127.0.0.1:{mailbox.MailboxPort}",
        };
        await using var edge = await StandaloneProcess.StartAsync("edge", shared, otlp.EnvironmentOf("edge"));
        await using var relay = await StandaloneProcess.StartAsync("relay", shared, otlp.EnvironmentOf("relay"));
        const int Messages = 20;
        for (var i = 0; i < Messages; i++)
        {
            await edge.SendAsync($"message {i}");
            await mailbox.MailboxHasAsync($"message {i}");
        }

        var spans = await otlp.SpansAsync(all => all.Count(s => s.Name == "deliver slimta") == Messages && all.Count(s => s.Name == "smtp receive") == Messages);
        var traces = spans.GroupBy(span => span.Trace).Select(trace => trace.OrderBy(span => span.Start).ToList())
            .Where(trace => trace.Exists(span => span.Name == "smtp receive")).OrderBy(trace => trace[0].Start).ToList();
        Assert.All(traces, trace =>
        {
            var received = Assert.Single(trace, span => span.Parent.Length == 0);
            Assert.Equal(Whole.ReplaceLineEndings("\n"), Tree(trace, received, 0).TrimEnd());
        });
        // Two processes of one name would write over each other's metrics.
        var instances = spans.Select(span => (span.Process, span.Instance)).Distinct().ToList();
        Assert.Equal(["edge", "relay"], instances.Select(one => one.Process).Order());
        Assert.Equal(2, instances.Select(one => one.Instance).Where(id => id.Length > 0).Distinct().Count());
        foreach (var signal in new[] { "traces", "metrics", "logs" })
            await otlp.GotAsync(signal);
    }

    private static string Tree(IReadOnlyList<Span> spans, Span root, int depth) =>
        new string(' ', 2 * depth) + $"{root.Process}: {root.Name}\n"
        + string.Concat(spans.Where(span => span.Parent == root.Id).Select(child => Tree(spans, child, depth + 1)));
}
