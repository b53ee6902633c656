using System.Net;
using System.Text.Json.Nodes;
using Slimta.Storage;
using Slimta.Storage.Tests.Support;
using static Slimta.Tests.Edge.OperatorClient;

namespace Slimta.Tests.Edge;

/// <summary>What operators ask of the queue over HTTP, and who may.</summary>
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
        using var http = ClientOf(host);
        using var response = await http.PostAsync("/operator/retry-all", null);
        Assert.Equal("""{"retried":1}""", await response.Content.ReadAsStringAsync());
        Assert.Equal((1L, 0L), ((await host.Operator.CountAsync()).Due, (await host.Operator.CountAsync()).Scheduled));
    }

    [Fact]
    public async Task A_messages_content_is_a_file_and_never_a_page()
    {
        await using var host = await StartAsync();
        var id = await WriteAsync(host, "b@b.test", Due.After(TimeSpan.FromHours(1)));
        using var http = ClientOf(host);
        using var answer = await http.GetAsync($"/operator/messages/{id}/content");
        Assert.Equal((await (await host.Queue.GetAsync(id)).Envelope.Content.ToArrayAsync()), await answer.Content.ReadAsByteArrayAsync());
        Assert.Equal(("message/rfc822", $"attachment; filename=\"{id}.eml\""), ($"{answer.Content.Headers.ContentType}", $"{answer.Content.Headers.ContentDisposition}"));
        Assert.Equal("default-src 'none'; sandbox", Assert.Single(answer.Headers.GetValues("Content-Security-Policy")));
        Assert.Equal("nosniff", Assert.Single(answer.Headers.GetValues("X-Content-Type-Options")));
        using var missing = await http.GetAsync("/operator/messages/0-nosuch/content");
        Assert.Equal(HttpStatusCode.NotFound, missing.StatusCode);
    }

    [Theory]
    [InlineData("http://traces.test/{traceId}", true)]
    [InlineData("http://traces.test/", false)]
    [InlineData("javascript:alert('{traceId}')", false)]
    public async Task Where_traces_are_is_an_http_address_with_a_place_for_the_id(string url, bool taken)
    {
        if (!taken)
        {
            var refused = await Assert.ThrowsAsync<Microsoft.Extensions.Options.OptionsValidationException>(() => StartAsync(("Edge:TraceUrl", url)));
            Assert.Contains("Edge:TraceUrl", refused.Message, StringComparison.Ordinal);
            return;
        }
        await using var host = await StartAsync(("Edge:TraceUrl", url));
        using var http = ClientOf(host);
        Assert.Equal(url, (string?)(await GetAsync(http, "/operator/page"))["traceUrl"]);
    }

    [Fact]
    public async Task Messages_are_listed_by_filter_and_page()
    {
        await using var host = await StartAsync();
        for (var i = 0; i < 3; i++)
            await WriteAsync(host, "b@one.test", Due.After(TimeSpan.FromHours(i + 1)));
        var held = await WriteAsync(host, "b@two.test");
        await host.Operator.HoldAsync(held, "look at it");
        using var http = ClientOf(host);

        var first = await GetAsync(http, "/operator/messages?domain=one.test&limit=2");
        var second = await GetAsync(http, $"/operator/messages?domain=one.test&limit=2&cursor={first["cursor"]}");
        var other = await GetAsync(http, "/operator/messages?state=held&sender=a%40a.test&olderThan=0s");

        Assert.Equal((2, 1, null), (first["messages"]!.AsArray().Count, second["messages"]!.AsArray().Count, second["cursor"]));
        var line = Assert.Single(other["messages"]!.AsArray())!;
        Assert.Equal((held, "held", "look at it", "a@a.test", "b@two.test"), ((string?)line["id"], (string?)line["state"],
            (string?)line["holdReason"], (string?)line["sender"], (string?)line["recipients"]![0]));
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task A_message_is_found_by_its_subject_and_message_id_where_they_are_kept(bool kept)
    {
        await using var host = await StartAsync(("Edge:KeepSubject", $"{kept}"));
        using var http = ClientOf(host);
        using var mail = new StringContent("Subject: =?utf-8?Q?Gr=C3=BC=C3=9Fe?= from\r\n here\r\n\r\nSubject: no\r\n", null, "message/rfc822");
        var id = (string?)JsonNode.Parse(await (await http.PostAsync("/messages?sender=a@a.test&recipient=b@b.test", mail)).Content.ReadAsStringAsync())!["id"];

        var bySubject = (await GetAsync(http, "/operator/messages?subject=here%20gr%C3%BC%C3%9Fe"))["messages"]!.AsArray();
        var byMessageId = (await GetAsync(http, $"/operator/messages?messageId={id}@mx.test"))["messages"]!.AsArray();
        var byError = (await GetAsync(http, "/operator/messages?lastError=451"))["messages"]!.AsArray();

        Assert.Equal(kept ? (1, 1, 0) : (0, 0, 0), (bySubject.Count, byMessageId.Count, byError.Count));
        var shown = (await GetAsync(http, $"/operator/messages/{id}"))["message"]!;
        Assert.Equal(kept ? ("Grüße from here", $"{id}@mx.test") : (null, null), ((string?)shown["subject"], (string?)shown["messageId"]));
        Assert.Contains("Message-ID: <" + id, (await host.QueuedAsync()).Single().Text, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_list_names_the_completed_recipient_that_was_asked_for_before_those_that_wait()
    {
        await using var host = await StartAsync();
        var id = await WriteDeferredAsync(host);
        using var http = ClientOf(host);
        var all = (await GetAsync(http, $"/operator/messages/{id}"))["recipients"]!.AsArray();
        var done = (string)all.Single(r => (bool)r!["done"]!)!["address"]!;
        var waits = (string)all.Single(r => !(bool)r!["done"]!)!["address"]!;

        var line = Assert.Single((await GetAsync(http, $"/operator/messages?recipient={done}&recipientState=any"))["messages"]!.AsArray())!;

        Assert.Equal([done, waits], line["recipients"]!.AsArray().Select(r => (string)r!));
        Assert.Equal(done, (string)Assert.Single(line["completed"]!.AsArray())!);
        Assert.Equal(1, (int)line["waiting"]!);
        Assert.Null(Assert.Single((await GetAsync(http, $"/operator/messages?recipient={waits}&recipientState=any"))["messages"]!.AsArray())!["completed"]);
    }

    [Theory]
    [InlineData("b\u00fccher.test")]
    [InlineData("BU\u0308CHER.test")]
    [InlineData("xn--bcher-kva.test")]
    [InlineData("b\u00ad\u00fccher.test")]
    public async Task A_domain_is_one_however_it_is_written(string domain)
    {
        await using var host = await StartAsync();
        foreach (var written in new[] { "b\u00fccher.test", "B\u00dcCHER.test", "bu\u0308cher.test", "xn--bcher-kva.test" })
            await WriteAsync(host, $"b@{written}");
        await WriteAsync(host, "b@bucher.test");
        using var http = ClientOf(host);
        Assert.Equal(4, (await GetAsync(http, $"/operator/messages?domain={Uri.EscapeDataString(domain)}"))["messages"]!.AsArray().Count);
        Assert.Equal(4, (await GetAsync(http, $"/operator/messages?recipient={Uri.EscapeDataString("b@" + domain)}"))["messages"]!.AsArray().Count);
        Assert.Equal([("xn--bcher-kva.test", 4), ("bucher.test", 1)],
            (await GetAsync(http, "/operator/overview"))["destinations"]!.AsArray().Select(line => ((string)line!["domain"]!, (int)line["messages"]!)));
    }

    [Theory]
    [InlineData("state=sent", "state", "due, scheduled, leased, held")]
    [InlineData("state=scheduled,held", "state", "due, scheduled, leased, held")]
    [InlineData("state=", "state", "due, scheduled, leased, held")]
    [InlineData("state=1", "state", "due, scheduled, leased, held")]
    [InlineData("olderThan=yesterday", "olderThan", "90s, 30m, 2h, 7d")]
    [InlineData("olderThan=5", "olderThan", "90s, 30m, 2h, 7d")]
    [InlineData("limit=0", "limit", "1 to 1000")]
    [InlineData("reciptient=a@b.test", "reciptient", "the parameters are state, sender, recipient")]
    [InlineData("domain=", "domain", "leave it out")]
    [InlineData("subject=", "subject", "leave it out")]
    [InlineData("cursor=abc", "cursor", "another query")]
    [InlineData("domain=a%0d%0ab", "domain", "CR, LF and NUL")]
    [InlineData("domain=not+a+domain", "domain", "is no domain; write example.com")]
    [InlineData("domain=ann@b.test", "domain", "is no domain")]
    [InlineData("domain=*", "domain", "leave it out")]
    [InlineData("sender=ann", "sender", "is no address; write ann@example.com, @example.com")]
    [InlineData("sender=@not+a+domain", "sender", "is no address")]
    [InlineData("recipient=b.test", "recipient", "filter by domain")]
    [InlineData("recipient=@b.test", "recipient", "filter by domain")]
    [InlineData("recipient=a@b.test&recipientState=done", "recipientState", "waiting, completed, any")]
    [InlineData("recipientState=any", "recipientState", "give recipient or domain")]
    [InlineData("id=order+7", "id", "is no message's id")]
    [InlineData("subject=+", "subject", "leave it out")]
    [InlineData("olderThan=2h&youngerThan=1h", "youngerThan", "must be the longer span")]
    [InlineData("youngerThan=0s", "youngerThan", "Nothing is younger")]
    public async Task A_filter_that_cannot_be_read_is_told_with_what_would_be_right(string query, string field, string expected)
    {
        await using var host = await StartAsync();
        using var http = ClientOf(host);
        foreach (var path in field is "state" or "recipientState" or "reciptient" ? (string[])["messages"] : ["messages", "history"])
        {
            using var response = await http.GetAsync($"/operator/{path}?{query}");
            Assert.Equal(HttpStatusCode.BadRequest, response.StatusCode);
            Assert.Equal("application/problem+json", response.Content.Headers.ContentType!.MediaType);
            Assert.Contains(expected, (string)JsonNode.Parse(await response.Content.ReadAsStringAsync())!["errors"]![field]![0]!, StringComparison.Ordinal);
        }
    }

    [Fact]
    public async Task A_message_is_shown_with_its_attempts_and_the_remotes_words()
    {
        await using var host = await StartAsync();
        var id = await WriteDeferredAsync(host);
        using var http = ClientOf(host);

        var shown = await GetAsync(http, $"/operator/messages/{id}");
        var why = await GetAsync(http, $"/operator/messages/{id}/why");

        Assert.Equal("451 4.7.1 not now", (string?)Assert.Single((await GetAsync(http, "/operator/messages"))["messages"]!.AsArray())!["lastReply"]);
        Assert.Equal("scheduled", (string?)shown["message"]!["state"]);
        Assert.Equal([true, false], shown["recipients"]!.AsArray().Select(r => (bool)r!["done"]!));
        Assert.Equal(["250 ok", "451 4.7.1 not now"], shown["attempts"]![0]!["outcomes"]!.AsArray().Select(o => (string?)o!["reply"]));
        Assert.StartsWith("Already delivered.", (string?)why["recipients"]![0]!["why"], StringComparison.Ordinal);
        Assert.Matches("^The next attempt is at .* UTC[.] The last attempt to mx[.]b[.]test, at .* by relay-1, ended with a temporary refusal: 451 4.7.1 not now$",
            (string?)why["recipients"]![1]!["why"]);
    }

    [Fact]
    public async Task Why_a_message_is_not_sent_is_told_for_each_state()
    {
        await using var host = await StartAsync();
        using var http = ClientOf(host);
        var id = await WriteAsync(host, "b@b.test");
        Assert.Contains("Due since", await WhyAsync(http, id), StringComparison.Ordinal);
        await host.Operator.OrderAsync(id, OperatorOrder.Reschedule(TimeProvider.System.GetUtcNow().AddDays(1)));
        Assert.Contains("the first attempt is at", await WhyAsync(http, id), StringComparison.Ordinal);
        await host.Operator.HoldAsync(id, "the boss said so");
        Assert.Contains("the boss said so", await WhyAsync(http, id), StringComparison.Ordinal);
        await host.Operator.OrderAsync(id, OperatorOrder.Bounce("go away"));
        Assert.Contains("A bounce was ordered by an operator: go away", await WhyAsync(http, id), StringComparison.Ordinal);
        await using var entry = await NextAsync(host);
        Assert.Matches("^Relay .* is delivering it; its lease lasts until", await WhyAsync(http, id));
    }

    [Fact]
    public async Task Without_its_server_the_queue_cannot_be_asked_and_that_is_said()
    {
        await using var own = await RedisProcess.StartAsync();
        await using var host = await EdgeHost.StartAsync(own.ConnectionString);
        var id = await WriteAsync(host, "b@b.test");
        using var http = ClientOf(host);
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
        using var http = ClientOf(host);
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
        using var http = ClientOf(host);
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
        using var http = ClientOf(host);
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
    [InlineData("POST", "/operator/jobs", "Sec-Fetch-Site", "same-site")]
    [InlineData("GET", "/operator/messages", "Host", "rebound.example.com")]
    public async Task A_page_of_another_site_cannot_act_through_the_browser_of_this_machine(string method, string path, string field, string value)
    {
        await using var host = await StartAsync();
        using var http = ClientOf(host);
        using var request = new HttpRequestMessage(new(method), path);
        request.Headers.TryAddWithoutValidation(field, value);
        using var response = await http.SendAsync(request);
        Assert.Equal(HttpStatusCode.Forbidden, response.StatusCode);
    }
}
