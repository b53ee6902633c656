using System.Net;
using System.Text.Json.Nodes;
using Slimta.Storage;
using Slimta.Storage.Tests.Servers;
using static Slimta.Tests.Edge.OperatorClient;

namespace Slimta.Tests.Edge;

/// <summary>What operators order over HTTP, on one message and on all that match.</summary>
[Collection("edge")]
public sealed class OperatorOrderTests(RedisServer redis)
{
    private Task<EdgeHost> StartAsync(params (string, string?)[] settings) =>
        EdgeHost.StartAsync(redis.Process.ConnectionString, settings.ToDictionary(s => s.Item1, s => s.Item2));

    [Theory]
    [InlineData("retry", "{}", MessageState.Due)]
    [InlineData("reschedule", """{"at":"2030-01-01T00:00:00Z"}""", MessageState.Scheduled)]
    [InlineData("hold", """{"reason":"wait"}""", MessageState.Held)]
    [InlineData("bounce", """{"text":"no"}""", MessageState.Due)]
    [InlineData("drop", "", null)]
    public async Task Each_order_is_done_on_one_message_and_leaves_a_line_in_the_log(string action, string body, MessageState? left)
    {
        using var logs = new LogLines();
        await using var host = await EdgeHost.StartAsync(redis.Process.ConnectionString, services: logs.AddTo);
        var id = await WriteAsync(host, "b@b.test", Due.After(TimeSpan.FromHours(1)));
        using var http = ClientOf(host);

        using var response = await PostAsync(http, $"/operator/messages/{id}/{action}", body);

        Assert.Equal(HttpStatusCode.OK, response.StatusCode);
        Assert.Equal(left, (await host.Operator.FindAsync(new() { Id = id })).Messages.SingleOrDefault()?.State);
        Assert.Contains(logs.Lines, line => line.StartsWith($"Operator on this machine from 127.0.0.1: {action} {id}", StringComparison.Ordinal));
    }

    [Fact]
    public async Task Release_puts_a_held_message_back_and_says_so_where_none_is_held()
    {
        await using var host = await StartAsync();
        var id = await WriteAsync(host, "b@b.test");
        using var http = ClientOf(host);
        using var early = await PostAsync(http, $"/operator/messages/{id}/release", "");
        await host.Operator.HoldAsync(id, "why");
        using var retry = await PostAsync(http, $"/operator/messages/{id}/retry", "");
        using var done = await PostAsync(http, $"/operator/messages/{id}/release", "");
        Assert.Equal((HttpStatusCode.Conflict, HttpStatusCode.Conflict, HttpStatusCode.OK), (early.StatusCode, retry.StatusCode, done.StatusCode));
        Assert.Contains("not on hold", await early.Content.ReadAsStringAsync(), StringComparison.Ordinal);
        Assert.Equal(1, (await host.Operator.CountAsync()).Due);
    }

    [Fact]
    public async Task What_is_being_delivered_is_reported_and_left_alone()
    {
        await using var host = await StartAsync();
        var id = await WriteAsync(host, "b@b.test");
        await using var entry = await NextAsync(host);
        using var http = ClientOf(host);
        using var one = await PostAsync(http, $"/operator/messages/{id}/drop", "");
        using var all = await PostAsync(http, "/operator/actions", """{"action":"drop","filter":{"domain":"b.test"},"dryRun":false}""");
        Assert.Equal(HttpStatusCode.Conflict, one.StatusCode);
        Assert.NotNull(JsonNode.Parse(await one.Content.ReadAsStringAsync())!["relay"]);
        Assert.Equal("""{"action":"drop","dryRun":false,"done":0,"delivering":1,"failed":[]}""", await all.Content.ReadAsStringAsync());
        Assert.True(entry.Lease.IsLive);
    }

    [Fact]
    public async Task An_order_on_all_that_match_counts_first_and_then_does_it_with_a_line_in_the_log()
    {
        using var logs = new LogLines();
        await using var host = await EdgeHost.StartAsync(redis.Process.ConnectionString, services: logs.AddTo);
        for (var i = 0; i < 3; i++)
            await WriteAsync(host, "b@bad.test");
        await WriteAsync(host, "b@good.test");
        using var http = ClientOf(host);

        using var dry = await PostAsync(http, "/operator/actions", """{"action":"hold","reason":"storm","filter":{"domain":"bad.test"},"dryRun":true}""");
        var between = await host.Operator.CountAsync();
        using var done = await PostAsync(http, "/operator/actions", """{"action":"hold","reason":"storm","filter":{"domain":"bad.test"},"dryRun":false}""");

        Assert.Equal("""{"action":"hold","dryRun":true,"done":3,"delivering":0,"failed":[]}""", await dry.Content.ReadAsStringAsync());
        Assert.Equal("""{"action":"hold","dryRun":false,"done":3,"delivering":0,"failed":[]}""", await done.Content.ReadAsStringAsync());
        Assert.Equal((0L, 3L), (between.Held, (await host.Operator.CountAsync()).Held));
        Assert.Equal(
            ["Operator on this machine from 127.0.0.1: hold on domain=bad.test \"storm\": 3 changed, 0 being delivered and left alone, 0 failed"],
            logs.Lines.Where(line => line.StartsWith("Operator", StringComparison.Ordinal)));
    }

    [Theory]
    [InlineData("""{"action":"drop","dryRun":false}""", "filter", "say \\\"all\\\": true")]
    [InlineData("""{"action":"drop","filter":{"domain":"b.test"}}""", "dryRun", "Say true to count first")]
    [InlineData("""{"action":"explode","dryRun":true}""", "action", "retry, reschedule, hold, release, bounce, drop")]
    [InlineData("""{"action":"hold","dryRun":true}""", "reason", "Say why")]
    [InlineData("""{"action":"bounce","text":"a\r\nb","dryRun":true}""", "text", "one line")]
    [InlineData("""{"action":"reschedule","at":"soon","dryRun":true}""", "at", "2026-12-24T08:00:00Z")]
    [InlineData("""{"action":"retry","filter":{"state":"held"},"dryRun":true}""", "filter.state", "Scheduled, Leased")]
    [InlineData("""{"action":"retry","filter":{"domian":"b.test"},"dryRun":true}""", "filter.domian", "not")]
    [InlineData("""{"action":"retry","filter":{"state":"x"},"dryRun":true}""", "filter.state", "due, scheduled, leased, held")]
    [InlineData("""[1]""", "body", "its members are")]
    [InlineData("""{"action":"retry","filter":{"domian":"b.test"},"dryRun":true}""", "filter.domian", "recipient")]
    public async Task An_order_that_cannot_be_read_changes_nothing_and_says_what_would_be_right(string body, string field, string expected)
    {
        await using var host = await StartAsync();
        await WriteAsync(host, "b@b.test");
        using var http = ClientOf(host);
        using var response = await PostAsync(http, "/operator/actions", body);
        Assert.Equal(HttpStatusCode.BadRequest, response.StatusCode);
        var text = await response.Content.ReadAsStringAsync();
        Assert.Contains(field, JsonNode.Parse(text)!["errors"]!.AsObject().Select(e => e.Key));
        Assert.Contains(expected, text.Replace("\\u0022", "\\\"", StringComparison.Ordinal), StringComparison.Ordinal);
        Assert.Equal(1, (await host.Operator.CountAsync()).Due);
    }

    [Fact]
    public async Task An_order_that_the_queue_stops_says_how_far_it_got_and_goes_on_when_given_again()
    {
        const string Hold = """{"action":"hold","reason":"storm","filter":{"domain":"b.test"},"dryRun":false}""";
        await using var own = await RedisProcess.StartAsync();
        using var logs = new LogLines();
        await using var host = await EdgeHost.StartAsync(own.ConnectionString, new() { ["Storage:Timeout"] = "00:00:01" }, logs.AddTo);
        for (var i = 0; i < 40; i++)
            await WriteAsync(host, "b@b.test");
        using var http = ClientOf(host);

        await own.CommandAsync("CLIENT", "PAUSE", "60000", "WRITE");
        using var stopped = await PostAsync(http, "/operator/actions", Hold);
        await own.CommandAsync("CLIENT", "UNPAUSE");
        using var again = await PostAsync(http, "/operator/actions", Hold);

        Assert.Equal(HttpStatusCode.ServiceUnavailable, stopped.StatusCode);
        Assert.Contains("\"done\":\"0\"", await stopped.Content.ReadAsStringAsync(), StringComparison.Ordinal);
        Assert.Equal(HttpStatusCode.OK, again.StatusCode);
        Assert.Equal(40, (await host.Operator.CountAsync()).Held);
        Assert.Contains(logs.Lines, line => line.Contains("hold on domain=b.test \"storm\": 0 changed", StringComparison.Ordinal)
            && line.Contains("stopped: ", StringComparison.Ordinal));
    }
}
