using System.Net;
using System.Text.Json.Nodes;
using Slimta.Storage;
using Slimta.Storage.Tests.Support;
using static Slimta.Tests.Edge.OperatorClient;

namespace Slimta.Tests.Edge;

/// <summary>Orders on all that match, over HTTP: counted first, then done as a job.</summary>
[Collection("edge")]
public sealed class JobTests(RedisServer redis)
{
    private const string Order = """{"action":"hold","reason":"storm","filter":{"domain":"bad.test","olderThan":"0s"}}""";

    [Fact]
    public async Task An_order_on_all_that_match_counts_first_and_is_then_a_job_with_a_line_in_the_log_at_its_start_and_its_end()
    {
        using var logs = new LogLines();
        await using var host = await EdgeHost.StartAsync(redis.Process.ConnectionString, services: logs.AddTo);
        for (var i = 0; i < 3; i++)
            await WriteAsync(host, "b@bad.test");
        await WriteAsync(host, "b@good.test");
        using var http = ClientOf(host);

        using var counted = await PostAsync(http, "/operator/jobs/count", Order);
        var between = await host.Operator.CountAsync();
        var job = await RunJobAsync(http, Order);

        await logs.SaidAsync($"Job {job["id"]}");
        Assert.Equal("""{"action":"hold","count":3,"delivering":0}""", await counted.Content.ReadAsStringAsync());
        Assert.Equal((0L, 3L), (between.Held, (await host.Operator.CountAsync()).Held));
        Assert.Equal(("done", 3, 0, 0, 4, "an operator on this machine"), ((string?)job["state"], (int)job["done"]!, (int)job["delivering"]!,
            (int)job["failed"]!, (int)job["total"]!, (string?)job["author"]));
        Assert.Equal(("hold on domain=bad.test olderThan=0s \"storm\"", "hold", "storm", "bad.test", "0s"), ((string?)job["says"], (string?)job["action"],
            (string?)job["text"], (string?)job["filter"]!["domain"], (string?)job["filter"]!["olderThan"]));
        Assert.Equal((string?)job["id"], (string?)Assert.Single((await GetAsync(http, "/operator/jobs"))["jobs"]!.AsArray())!["id"]);
        Assert.Equal(
        [
            $"Job {job["id"]} of an operator on this machine is done: hold on domain=bad.test olderThan=0s \"storm\": 3 changed, 0 being delivered and left alone, 0 failed",
            $"Operator on this machine from 127.0.0.1 starts job {job["id"]}: hold on domain=bad.test olderThan=0s \"storm\"",
        ], logs.Lines.Where(line => line.StartsWith("Operator", StringComparison.Ordinal) || line.StartsWith("Job", StringComparison.Ordinal)).Order(StringComparer.Ordinal));
    }

    [Theory]
    [InlineData("retry", "")]
    [InlineData("reschedule", ""","at":"2030-01-01T00:00:00+01:00" """)]
    [InlineData("hold", ""","reason":"wait" """)]
    [InlineData("release", ""","at":"2030-01-01T00:00:00Z" """)]
    [InlineData("bounce", ""","text":"no" """)]
    [InlineData("drop", ""","reason":"spam" """)]
    public async Task Each_order_is_a_job_that_does_what_its_count_said_and_says_what_was_ordered(string action, string words)
    {
        await using var host = await StartAsync();
        var held = await WriteAsync(host, "b@b.test", Due.After(TimeSpan.FromHours(1)));
        await host.Operator.HoldAsync(held, "look");
        await WriteAsync(host, "b@b.test", Due.After(TimeSpan.FromHours(1)));
        using var http = ClientOf(host);
        using var counted = await PostAsync(http, "/operator/jobs/count", $$"""{"action":"{{action}}","all":true}""");

        var job = await RunJobAsync(http, $$"""{"action":"{{action}}"{{words}},"all":true}""");

        Assert.Equal((int)JsonNode.Parse(await counted.Content.ReadAsStringAsync())!["count"]!, (int)job["done"]!);
        Assert.Equal(action is "bounce" or "drop" ? 2 : 1, (int)job["done"]!);
        Assert.Equal(action switch
        {
            "reschedule" => "reschedule on all messages to 2029-12-31T23:00:00Z",
            "release" => "release on all messages to 2030-01-01T00:00:00Z",
            "hold" => "hold on all messages \"wait\"",
            "bounce" => "bounce on all messages \"no\"",
            "drop" => "drop on all messages \"spam\"",
            _ => "retry on all messages",
        }, (string?)job["says"]);
    }

    [Theory]
    [InlineData("""{"action":"drop"}""", "filter", "say \\\"all\\\": true")]
    [InlineData("""{"action":"drop","filter":{"domain":"b.test"},"dryRun":true}""", "dryRun", "its members are")]
    [InlineData("""{"action":"explode","all":true}""", "action", "retry, reschedule, hold, release, bounce, drop")]
    [InlineData("""{"action":"hold","all":true}""", "reason", "Say why")]
    [InlineData("""{"action":"bounce","text":"a\r\nb","all":true}""", "text", "one line")]
    [InlineData("""{"action":"reschedule","at":"soon","all":true}""", "at", "2026-12-24T08:00:00Z")]
    [InlineData("""{"action":"retry","filter":{"state":"held"}}""", "filter.state", "the state must be scheduled, or left out")]
    [InlineData("""{"action":"retry","filter":{"domian":"b.test"}}""", "filter.domian", "recipient")]
    [InlineData("""{"action":"retry","filter":{"state":"x"}}""", "filter.state", "due, scheduled, leased, held")]
    [InlineData("""[1]""", "body", "its members are")]
    public async Task An_order_that_cannot_be_read_starts_nothing_and_says_what_would_be_right(string body, string field, string expected)
    {
        await using var host = await StartAsync();
        await WriteAsync(host, "b@b.test");
        using var http = ClientOf(host);
        using var response = await PostAsync(http, "/operator/jobs", body);
        Assert.Equal(HttpStatusCode.BadRequest, response.StatusCode);
        var text = await response.Content.ReadAsStringAsync();
        Assert.Contains(field, JsonNode.Parse(text)!["errors"]!.AsObject().Select(e => e.Key));
        Assert.Contains(expected, text.Replace("\\u0022", "\\\"", StringComparison.Ordinal), StringComparison.Ordinal);
        Assert.Empty((await GetAsync(http, "/operator/jobs"))["jobs"]!.AsArray());
        Assert.Equal(1, (await host.Operator.CountAsync()).Due);
    }

    [Fact]
    public async Task A_count_refuses_what_it_cannot_read_and_goes_on_by_its_cursor()
    {
        await using var host = await StartAsync();
        await Task.WhenAll(Enumerable.Range(0, 1001).Select(_ => WriteAsync(host, "b@b.test")));
        using var http = ClientOf(host);
        using var first = await PostAsync(http, "/operator/jobs/count", """{"action":"hold","filter":{"domain":"b.test"}}""");
        var page = JsonNode.Parse(await first.Content.ReadAsStringAsync())!;
        using var second = await PostAsync(http, "/operator/jobs/count", $$"""{"action":"hold","filter":{"domain":"b.test"},"cursor":"{{page["cursor"]}}"}""");
        using var another = await PostAsync(http, "/operator/jobs/count", $$"""{"action":"drop","filter":{"domain":"b.test"},"cursor":"{{page["cursor"]}}"}""");
        using var state = await PostAsync(http, "/operator/jobs/count", """{"action":"release","filter":{"state":"due"}}""");
        Assert.Equal(1000, (int)page["count"]!);
        Assert.Equal("""{"action":"hold","count":1,"delivering":0}""", await second.Content.ReadAsStringAsync());
        Assert.Equal((HttpStatusCode.BadRequest, HttpStatusCode.BadRequest), (another.StatusCode, state.StatusCode));
    }

    [Fact]
    public async Task A_job_is_canceled_and_one_that_has_ended_or_never_was_says_so()
    {
        using var logs = new LogLines();
        await using var host = await EdgeHost.StartAsync(redis.Process.ConnectionString, services: logs.AddTo);
        using var http = ClientOf(host);
        // No edge has it in its hand before this one looks for jobs again.
        var jobs = host.Jobs;
        var id = (await jobs.StartAsync(new() { Domain = "b.test" }, OperatorOrder.Drop, "ann")).Id;
        using var canceled = await PostAsync(http, $"/operator/jobs/{id}/cancel", "");
        var ended = await JobEndsAsync(http, $"/operator/jobs/{id}");
        using var again = await PostAsync(http, $"/operator/jobs/{id}/cancel", "");
        using var unknown = await PostAsync(http, "/operator/jobs/nosuch/cancel", "");
        using var missing = await http.GetAsync("/operator/jobs/nosuch");

        Assert.Equal((HttpStatusCode.Conflict, HttpStatusCode.NotFound, HttpStatusCode.NotFound), (again.StatusCode, unknown.StatusCode, missing.StatusCode));
        await logs.SaidAsync($"Job {id} of ann ");
        // It may have been done already.
        if (canceled.StatusCode == HttpStatusCode.Accepted)
        {
            Assert.Equal(("canceled", "an operator on this machine"), ((string?)ended["state"], (string?)ended["canceledBy"]));
            Assert.Contains($"Operator on this machine from 127.0.0.1 cancels job {id}", logs.Lines);
        }
    }

    [Fact]
    public async Task A_job_waits_while_the_queue_is_away_and_goes_on_when_it_is_back()
    {
        await using var own = await RedisProcess.StartAsync();
        await using var host = await EdgeHost.StartAsync(own.ConnectionString, new() { ["Storage:Timeout"] = "00:00:01" });
        await Task.WhenAll(Enumerable.Range(0, 1500).Select(_ => WriteAsync(host, "b@bad.test")));
        using var http = ClientOf(host);

        using var started = await PostAsync(http, "/operator/jobs", Order);
        await own.CommandAsync("CLIENT", "PAUSE", "60000", "WRITE");
        using var refused = await PostAsync(http, "/operator/jobs", Order);
        await own.CommandAsync("CLIENT", "UNPAUSE");

        Assert.Equal(HttpStatusCode.ServiceUnavailable, refused.StatusCode);
        var ended = await JobEndsAsync(http, started.Headers.Location!.OriginalString);
        Assert.Equal(("done", 1500), ((string?)ended["state"], (int)ended["done"]!));
        Assert.Equal(1500, (await host.Operator.CountAsync()).Held);
    }

    /// <summary>It is said a moment after the job is seen to have ended.</summary>
    private Task<EdgeHost> StartAsync() => EdgeHost.StartAsync(redis.Process.ConnectionString);
}
