using System.Net;
using System.Text.Json.Nodes;
using Slimta.Storage;
using static Slimta.Tests.Edge.OperatorClient;

namespace Slimta.Tests.Edge;

/// <summary>What operators ask of messages that have ended, and sending them again, over HTTP.</summary>
[Collection("edge")]
public sealed class HistoryTests(RedisServer redis)
{
    [Fact]
    public async Task What_ended_is_listed_by_filter_and_page_with_the_words_it_ended_with()
    {
        await using var host = await StartAsync();
        var bounced = await WriteBouncedAsync(host);
        for (var i = 0; i < 3; i++)
        {
            await WriteAsync(host, "b@one.test");
            await using var entry = await NextAsync(host);
            await entry.SettleAsync(Settlement.Remove() with { Completed = [0] });
        }
        using var http = ClientOf(host);

        var first = await GetAsync(http, "/operator/history?outcome=delivered&limit=2");
        var second = await GetAsync(http, $"/operator/history?outcome=delivered&limit=2&cursor={first["cursor"]}");
        var line = Assert.Single((await GetAsync(http, "/operator/history?outcome=bounced&domain=b.test&sender=a%40a.test&youngerThan=1h"))["messages"]!.AsArray())!;

        // Asked for one recipient, a line has that one's reply.
        var asked = Assert.Single((await GetAsync(http, "/operator/history?recipient=a%40a.test"))["messages"]!.AsArray())!;

        Assert.Equal((2, 1, null), (first["messages"]!.AsArray().Count, second["messages"]!.AsArray().Count, second["cursor"]));
        Assert.Equal(("bounced", "250 ok", "a@a.test"), ((string?)asked["outcome"], (string?)asked["reply"], (string?)asked["recipients"]![0]));
        Assert.Equal("b@b.test", (string?)line["recipients"]![0]);
        Assert.Equal((bounced, "bounced", "550 5.1.1 no such user", 2, 1), ((string?)line["id"], (string?)line["outcome"], (string?)line["reply"], (int)line["recipientCount"]!, (int)line["failed"]!));
    }

    [Fact]
    public async Task An_ended_message_is_shown_whole_and_why_tells_what_became_of_it()
    {
        await using var host = await StartAsync();
        var id = await WriteBouncedAsync(host, new NewMessage(new Envelope { Sender = "", Recipients = ["a@a.test"], Content = "Subject: Failed\r\n\r\n"u8.ToArray() }));
        var dropped = await WriteAsync(host, "c@c.test");
        using var http = ClientOf(host);
        using var drop = await PostAsync(http, $"/operator/messages/{dropped}/drop", """{"reason":"wrong link"}""");

        var shown = await GetAsync(http, $"/operator/history/{id}");
        var why = await GetAsync(http, $"/operator/messages/{id}/why");

        Assert.Equal(["delivered", "bounced"], shown["recipients"]!.AsArray().Select(r => (string?)r!["outcome"]));
        Assert.Equal(("mx.b.test", "550 5.1.1 no such user"), ((string?)shown["recipients"]![1]!["host"], (string?)shown["recipients"]![1]!["reply"]));
        Assert.Equal("b@b.test", (string?)shown["attempts"]![0]!["outcomes"]![1]!["recipient"]);
        Assert.Equal("bounced", (string?)why["state"]);
        Assert.StartsWith("Delivered. The last attempt to mx.a.test", (string?)why["recipients"]![0]!["why"], StringComparison.Ordinal);
        Assert.StartsWith("Failed permanently; the message ended at", (string?)why["recipients"]![1]!["why"], StringComparison.Ordinal);
        var report = (string?)Assert.Single(shown["attempts"]![0]!["reports"]!.AsArray());
        Assert.Equal("", (string?)(await GetAsync(http, $"/operator/messages/{report}"))["message"]!["sender"]);
        Assert.EndsWith(" by an operator on this machine: wrong link.", await WhyAsync(http, dropped), StringComparison.Ordinal);
        using var unknown = await http.GetAsync("/operator/history/0-nosuch");
        using var unknownWhy = await http.GetAsync("/operator/messages/0-nosuch/why");
        Assert.Equal((HttpStatusCode.NotFound, HttpStatusCode.NotFound), (unknown.StatusCode, unknownWhy.StatusCode));
    }

    [Fact]
    public async Task A_bounce_that_an_operator_ordered_is_told_with_who_that_was()
    {
        await using var host = await StartAsync();
        var id = await WriteAsync(host, "b@b.test");
        using var http = ClientOf(host);
        using var bounce = await PostAsync(http, $"/operator/messages/{id}/bounce", """{"text":"closed by the postmaster"}""");
        Assert.StartsWith("A bounce was ordered by an operator on this machine: closed by the postmaster.", await WhyAsync(http, id), StringComparison.Ordinal);
        Assert.Equal("an operator on this machine", (string?)(await GetAsync(http, $"/operator/messages/{id}"))["message"]!["bouncedBy"]);

        await using (var entry = await NextAsync(host))
        {
            var outcome = new RecipientOutcome(0, DeliveryOutcome.Permanent) { Reply = "closed by the postmaster" };
            await entry.SettleAsync(Settlement.Remove() with
            {
                Completed = [0],
                Failed = [0],
                By = entry.Message.BouncedBy,
                Attempt = Attempt(outcome) with { Recipients = [outcome] },
            });
        }

        Assert.Matches("^Bounced at .* UTC by order of an operator on this machine: closed by the postmaster[.]$", await WhyAsync(http, id));
        var line = Assert.Single((await GetAsync(http, "/operator/history"))["messages"]!.AsArray())!;
        Assert.Equal(("an operator on this machine", "closed by the postmaster"), ((string?)line["by"], (string?)line["reason"]));
    }

    [Fact]
    public async Task A_resend_writes_one_new_message_however_often_it_is_asked_for_and_leaves_a_line_in_the_log()
    {
        using var logs = new LogLines();
        await using var host = await EdgeHost.StartAsync(redis.Process.ConnectionString, new() { ["Storage:KeepContent"] = "true" }, logs.AddTo);
        var id = await WriteBouncedAsync(host);
        using var http = ClientOf(host);

        using var click = await PostAsync(http, $"/operator/history/{id}/resend", "");
        using var again = await PostAsync(http, $"/operator/history/{id}/resend", "{}");
        using var both = await PostAsync(http, $"/operator/history/{id}/resend", """{"recipients":["a@a.test","b@b.test"]}""");

        var text = await click.Content.ReadAsStringAsync();
        var newId = (string)JsonNode.Parse(text)!["newId"]!;
        var repeated = JsonNode.Parse(await again.Content.ReadAsStringAsync())!;
        Assert.Equal((newId, true, null), ((string?)repeated["newId"], (bool?)repeated["replayed"], JsonNode.Parse(text)!["replayed"]));
        Assert.Equal((HttpStatusCode.OK, 2L), (both.StatusCode, (await host.Operator.CountAsync()).Due));
        var message = await GetAsync(http, $"/operator/messages/{newId}");
        Assert.Equal((id, "b@b.test"), ((string?)message["message"]!["resentFrom"], (string?)Assert.Single(message["message"]!["recipients"]!.AsArray())));
        Assert.Contains($"Operator on this machine from 127.0.0.1: resend {id} as {newId}", logs.Lines);
    }

    [Theory]
    [InlineData("0-nosuch", "{}", HttpStatusCode.NotFound, "No such message is in the history")]
    [InlineData(null, "{}", HttpStatusCode.Conflict, "Storage:KeepContent")]
    [InlineData(null, """{"recipients":[""]}""", HttpStatusCode.BadRequest, "recipients")]
    [InlineData(null, """{"receivers":[]}""", HttpStatusCode.BadRequest, "its members are")]
    public async Task A_resend_that_cannot_be_says_why_and_writes_nothing(string? id, string body, HttpStatusCode status, string expected)
    {
        await using var host = await StartAsync();
        var bounced = await WriteBouncedAsync(host);
        using var http = ClientOf(host);

        using var response = await PostAsync(http, $"/operator/history/{id ?? bounced}/resend", body);

        Assert.Equal(status, response.StatusCode);
        Assert.Contains(expected, await response.Content.ReadAsStringAsync(), StringComparison.Ordinal);
        Assert.Equal(0, (await host.Operator.CountAsync()).Total);
    }

    [Theory]
    [InlineData("outcome=lost", "delivered, bounced, dropped")]
    [InlineData("outcome=", "delivered, bounced, dropped")]
    [InlineData("state=due", "the parameters are outcome")]
    [InlineData("outcome=delivered,bounced", "name one of")]
    [InlineData("olderThan=5", "90s, 30m, 2h, 7d")]
    [InlineData("limit=0", "from 1 to 1000")]
    [InlineData("cursor=rubbish", "another query")]
    public async Task A_filter_that_cannot_be_read_is_refused_with_what_would_be_right(string query, string expected)
    {
        await using var host = await StartAsync();
        using var http = ClientOf(host);
        using var response = await http.GetAsync($"/operator/history?{query}");
        Assert.Equal(HttpStatusCode.BadRequest, response.StatusCode);
        Assert.Contains(expected, await response.Content.ReadAsStringAsync(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_sender_cannot_look_into_the_history()
    {
        await using var host = await StartAsync(("Edge:Http:TrustLoopback", "false"), ("Edge:Http:ApiKeys:shop", Hash("secret")));
        using var http = ClientOf(host);
        using var without = await http.GetAsync("/operator/history");
        http.DefaultRequestHeaders.Authorization = new("Bearer", "secret");
        using var with = await PostAsync(http, "/operator/history/0-x/resend", "{}");
        Assert.Equal((HttpStatusCode.Unauthorized, HttpStatusCode.Forbidden), (without.StatusCode, with.StatusCode));
    }

    private Task<EdgeHost> StartAsync(params (string, string?)[] settings) =>
        EdgeHost.StartAsync(redis.Process.ConnectionString, settings.ToDictionary(s => s.Item1, s => s.Item2));

    private static async Task<string> WriteBouncedAsync(EdgeHost host, params NewMessage[] reports)
    {
        await host.Queue.WriteAsync(new Envelope { Sender = "a@a.test", Recipients = ["a@a.test", "b@b.test"], Content = "Subject: x\r\n\r\n"u8.ToArray() });
        await using var entry = await NextAsync(host);
        await entry.SettleAsync(Settlement.Remove() with
        {
            Completed = [0, 1],
            Failed = [1],
            Attempt = Attempt(new(1, DeliveryOutcome.Permanent) { Reply = "550 5.1.1 no such user", Host = "mx.b.test" }),
            NewMessages = reports,
        });
        return entry.Id;
    }
}
