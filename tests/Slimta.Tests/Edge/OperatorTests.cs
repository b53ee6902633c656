using System.Net;
using System.Net.Http.Json;
using System.Security.Cryptography;
using System.Text.Json.Nodes;
using Slimta.Storage;
using Slimta.Storage.Tests.Servers;

namespace Slimta.Tests.Edge;

/// <summary>What operators ask of the queue and order over HTTP.</summary>
[Collection("edge")]
public sealed class OperatorTests(RedisServer redis)
{
    private Task<EdgeHost> StartAsync(params (string, string?)[] settings) =>
        EdgeHost.StartAsync(redis.Process.ConnectionString, settings.ToDictionary(s => s.Item1, s => s.Item2));

    [Fact]
    public async Task Retry_all_makes_waiting_messages_due_now()
    {
        await using var host = await StartAsync();
        await WriteAsync(host, "b@b.test", Due.After(TimeSpan.FromHours(1)));
        using var http = Client(host);
        using var response = await http.PostAsync("/operator/retry-all", null);
        Assert.Equal("""{"retried":1}""", await response.Content.ReadAsStringAsync());
        Assert.Equal((1L, 0L), ((await host.Operator.CountAsync()).Due, (await host.Operator.CountAsync()).Scheduled));
    }

    [Fact]
    public async Task Messages_are_listed_by_filter_and_page()
    {
        await using var host = await StartAsync();
        for (var i = 0; i < 3; i++)
            await WriteAsync(host, "b@one.test", Due.After(TimeSpan.FromHours(i + 1)));
        var held = await WriteAsync(host, "b@two.test");
        await host.Operator.HoldAsync(held, "look at it");
        using var http = Client(host);

        var first = await GetAsync(http, "/operator/messages?domain=one.test&limit=2");
        var second = await GetAsync(http, $"/operator/messages?domain=one.test&limit=2&cursor={first["cursor"]}");
        var other = await GetAsync(http, "/operator/messages?state=held&sender=a%40a.test&olderThan=0s");

        Assert.Equal((2, 1, null), (first["messages"]!.AsArray().Count, second["messages"]!.AsArray().Count, second["cursor"]));
        var line = Assert.Single(other["messages"]!.AsArray())!;
        Assert.Equal((held, "held", "look at it", "a@a.test", "b@two.test"), ((string?)line["id"], (string?)line["state"],
            (string?)line["holdReason"], (string?)line["sender"], (string?)line["recipients"]![0]));
    }

    [Theory]
    [InlineData("state=sent", "state", "due, scheduled, leased, held")]
    [InlineData("state=1", "state", "due, scheduled, leased, held")]
    [InlineData("olderThan=yesterday", "olderThan", "90s, 30m, 2h, 7d")]
    [InlineData("olderThan=5", "olderThan", "90s, 30m, 2h, 7d")]
    [InlineData("limit=0", "limit", "1 to 1000")]
    [InlineData("reciptient=a@b.test", "reciptient", "the parameters are state, sender, recipient")]
    [InlineData("domain=", "domain", "leave it out")]
    [InlineData("cursor=abc", "cursor", "another query")]
    [InlineData("domain=a%0d%0ab", "domain", "CR, LF and NUL")]
    public async Task A_filter_that_cannot_be_read_is_told_with_what_would_be_right(string query, string field, string expected)
    {
        await using var host = await StartAsync();
        using var http = Client(host);
        using var response = await http.GetAsync($"/operator/messages?{query}");
        Assert.Equal(HttpStatusCode.BadRequest, response.StatusCode);
        Assert.Equal("application/problem+json", response.Content.Headers.ContentType!.MediaType);
        Assert.Contains(expected, (string)JsonNode.Parse(await response.Content.ReadAsStringAsync())!["errors"]![field]![0]!, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_message_is_shown_with_its_attempts_and_the_remotes_words()
    {
        await using var host = await StartAsync();
        var id = await WriteDeferredAsync(host);
        using var http = Client(host);

        var shown = await GetAsync(http, $"/operator/messages/{id}");
        var why = await GetAsync(http, $"/operator/messages/{id}/why");

        Assert.Equal("scheduled", (string?)shown["message"]!["state"]);
        Assert.Equal([true, false], shown["recipients"]!.AsArray().Select(r => (bool)r!["done"]!));
        Assert.Equal(["250 ok", "451 4.7.1 not now"], shown["attempts"]![0]!["outcomes"]!.AsArray().Select(o => (string?)o!["reply"]));
        Assert.StartsWith("Already delivered.", (string?)why["recipients"]![0]!["why"], StringComparison.Ordinal);
        Assert.Matches("^The next attempt is at .* UTC[.] The last attempt to mx[.]b[.]test, at .* by relay-1, ended with a refusal for now: 451 4.7.1 not now$",
            (string?)why["recipients"]![1]!["why"]);
    }

    [Fact]
    public async Task Why_a_message_is_not_sent_is_told_for_each_state()
    {
        await using var host = await StartAsync();
        using var http = Client(host);
        var id = await WriteAsync(host, "b@b.test");
        Assert.Contains("Due since", await WhyAsync(http, id), StringComparison.Ordinal);
        await host.Operator.OrderAsync(id, OperatorOrder.Reschedule(TimeProvider.System.GetUtcNow().AddDays(1)));
        Assert.Contains("the first attempt is at", await WhyAsync(http, id), StringComparison.Ordinal);
        await host.Operator.HoldAsync(id, "the boss said so");
        Assert.Contains("the boss said so", await WhyAsync(http, id), StringComparison.Ordinal);
        await host.Operator.OrderAsync(id, OperatorOrder.Bounce("go away"));
        Assert.Contains("An operator ordered a bounce: go away", await WhyAsync(http, id), StringComparison.Ordinal);
        await using var entry = await NextAsync(host);
        Assert.Matches("^Relay .* is delivering it; its lease lasts until", await WhyAsync(http, id));
    }

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
        using var http = Client(host);

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
        using var http = Client(host);
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
        using var http = Client(host);
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
        using var http = Client(host);

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
    public async Task An_order_that_cannot_be_read_changes_nothing_and_says_what_would_be_right(string body, string field, string expected)
    {
        await using var host = await StartAsync();
        await WriteAsync(host, "b@b.test");
        using var http = Client(host);
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
        using var http = Client(host);

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

    [Fact]
    public async Task Without_its_server_the_queue_cannot_be_asked_and_that_is_said()
    {
        await using var own = await RedisProcess.StartAsync();
        await using var host = await EdgeHost.StartAsync(own.ConnectionString);
        var id = await WriteAsync(host, "b@b.test");
        using var http = Client(host);
        await own.KillAsync();
        using var list = await http.GetAsync("/operator/messages");
        using var drop = await PostAsync(http, $"/operator/messages/{id}/drop", "");
        Assert.All([list, drop], response => Assert.Equal(
            (HttpStatusCode.ServiceUnavailable, "application/problem+json"), (response.StatusCode, response.Content.Headers.ContentType!.MediaType)));
    }

    [Fact]
    public async Task An_id_that_is_not_there_is_404()
    {
        await using var host = await StartAsync();
        using var http = Client(host);
        using var show = await http.GetAsync("/operator/messages/0-nosuch");
        using var why = await http.GetAsync("/operator/messages/nosuch/why");
        using var drop = await PostAsync(http, "/operator/messages/0-nosuch/drop", "");
        Assert.All([show, why, drop], response => Assert.Equal(HttpStatusCode.NotFound, response.StatusCode));
    }

    [Fact]
    public async Task The_overview_counts_by_destination()
    {
        await using var host = await StartAsync();
        await WriteAsync(host, "b@one.test");
        await WriteAsync(host, "c@ONE.test", Due.After(TimeSpan.FromHours(1)));
        await WriteAsync(host, "b@two.test");
        using var http = Client(host);
        var overview = await GetAsync(http, "/operator/overview?limit=1");
        Assert.Equal((3, true, 2), ((int)overview["messages"]!, (bool)overview["complete"]!, (int)overview["destinationCount"]!));
        var first = Assert.Single(overview["destinations"]!.AsArray())!;
        Assert.Equal(("one.test", 2, 1, 1), ((string?)first["domain"], (int)first["messages"]!, (int)first["due"]!, (int)first["scheduled"]!));
    }

    [Fact]
    public async Task An_operators_key_is_another_than_a_senders()
    {
        await using var host = await StartAsync(("Edge:Http:TrustLoopback", "false"),
            ("Edge:OperatorKeys:ops", Hash("operate")), ("Edge:Http:ApiKeys:app", Hash("send")));
        using var http = Client(host);
        Assert.Equal((HttpStatusCode.Unauthorized, HttpStatusCode.Unauthorized), await AskAsync(null));
        Assert.Equal((HttpStatusCode.Forbidden, HttpStatusCode.Accepted), await AskAsync("send"));
        Assert.Equal((HttpStatusCode.OK, HttpStatusCode.Forbidden), await AskAsync("operate"));

        async Task<(HttpStatusCode Operate, HttpStatusCode Send)> AskAsync(string? key)
        {
            http.DefaultRequestHeaders.Authorization = key is null ? null : new("Bearer", key);
            using var operate = await http.PostAsync("/operator/retry-all", null);
            using var message = new StringContent("Subject: x\r\n\r\n", null, "message/rfc822");
            using var send = await http.PostAsync("/messages?sender=a@a.test&recipient=b@b.test", message);
            return (operate.StatusCode, send.StatusCode);
        }
    }

    [Fact]
    public async Task A_key_that_is_a_senders_as_well_stops_the_start()
    {
        var error = await Assert.ThrowsAnyAsync<Exception>(() => StartAsync(("Edge:OperatorKeys:ops", Hash("one")), ("Edge:Http:ApiKeys:app", Hash("one"))));
        Assert.Contains("Edge:OperatorKeys:ops", error.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("POST", "/operator/retry-all", "Sec-Fetch-Site", "cross-site")]
    [InlineData("POST", "/operator/actions", "Sec-Fetch-Site", "same-site")]
    [InlineData("GET", "/operator/messages", "Host", "rebound.example.com")]
    public async Task A_page_of_another_site_cannot_act_through_the_browser_of_this_machine(string method, string path, string field, string value)
    {
        await using var host = await StartAsync();
        using var http = Client(host);
        using var request = new HttpRequestMessage(new(method), path);
        request.Headers.TryAddWithoutValidation(field, value);
        using var response = await http.SendAsync(request);
        Assert.Equal(HttpStatusCode.Forbidden, response.StatusCode);
    }

    private static HttpClient Client(EdgeHost host) => new() { BaseAddress = host.Http };

    private static string Hash(string key) => Convert.ToHexString(SHA256.HashData(System.Text.Encoding.UTF8.GetBytes(key)));

    private static Task<HttpResponseMessage> PostAsync(HttpClient http, string path, string body) =>
        http.PostAsync(path, body.Length == 0 ? null : new StringContent(body, null, "application/json"));

    private static async Task<JsonObject> GetAsync(HttpClient http, string path) => (await http.GetFromJsonAsync<JsonObject>(path))!;

    private static async Task<string> WhyAsync(HttpClient http, string id) =>
        (string)(await GetAsync(http, $"/operator/messages/{id}/why"))["recipients"]![0]!["why"]!;

    private static Task<string> WriteAsync(EdgeHost host, string recipient, Due due = default) => host.Queue.WriteAsync(
        new Envelope { Sender = "a@a.test", Recipients = [recipient], Content = "\r\n"u8.ToArray(), Received = TimeProvider.System.GetUtcNow() }, due);

    private static async Task<QueueEntry> NextAsync(EdgeHost host)
    {
        await foreach (var entry in host.Queue.WaitAsync())
            return entry;
        throw new InvalidOperationException();
    }

    private static async Task<string> WriteDeferredAsync(EdgeHost host)
    {
        await host.Queue.WriteAsync(new Envelope { Sender = "a@a.test", Recipients = ["a@a.test", "b@b.test"], Content = "\r\n"u8.ToArray() });
        await using var entry = await NextAsync(host);
        await host.Queue.SettleAsync(entry.Lease, Settlement.Retry(TimeSpan.FromHours(1)) with
        {
            Delivered = [0],
            Attempt = new AttemptRecord
            {
                Started = new DateTimeOffset(2026, 1, 2, 4, 0, 0, TimeSpan.Zero),
                Duration = TimeSpan.FromSeconds(1),
                Worker = "relay-1",
                Recipients =
                [
                    new(0, DeliveryOutcome.Delivered) { Reply = "250 ok", Host = "mx.a.test" },
                    new(1, DeliveryOutcome.Transient) { Reply = "451 4.7.1 not now", Host = "mx.b.test" },
                ],
            },
        });
        return entry.Id;
    }
}
