using System.Net;
using System.Text.Json.Nodes;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Time.Testing;
using Slimta.Storage;
using static Slimta.Tests.Edge.OperatorClient;

namespace Slimta.Tests.Edge;

/// <summary>Rules over HTTP.</summary>
[Collection("edge")]
public sealed class RuleTests(RedisServer redis)
{
    [Fact]
    public async Task A_rule_is_set_listed_and_removed_and_each_is_a_line_in_the_log()
    {
        using var logs = new LogLines();
        await using var host = await EdgeHost.StartAsync(redis.Process.ConnectionString, new() { ["Edge:OperatorKeys:ann"] = Hash("key") }, logs.AddTo);
        using var http = ClientOf(host);
        http.DefaultRequestHeaders.Authorization = new("Bearer", "key");

        using var set = await PostAsync(http, "/operator/rules", """{"action":"hold","domain":"BÜCHER.test","sender":"@news.test","reason":"too many","for":"2h"}""");
        var rule = JsonNode.Parse(await set.Content.ReadAsStringAsync())!;
        var listed = await GetAsync(http, "/operator/rules");
        using var removed = await http.DeleteAsync($"/operator/rules/{rule["id"]}");
        using var again = await http.DeleteAsync($"/operator/rules/{rule["id"]}");

        Assert.Equal((HttpStatusCode.Created, HttpStatusCode.OK, HttpStatusCode.NotFound), (set.StatusCode, removed.StatusCode, again.StatusCode));
        Assert.Equal(rule.ToJsonString(), Assert.Single(listed["rules"]!.AsArray())!.ToJsonString());
        Assert.Equal(("hold", "xn--bcher-kva.test", "@news.test", "ann", "too many"), ((string?)rule["action"], (string?)rule["domain"], (string?)rule["sender"], (string?)rule["author"], (string?)rule["reason"]));
        Assert.Equal(TimeSpan.FromHours(2), (DateTimeOffset)rule["expires"]! - (DateTimeOffset)rule["created"]!);
        Assert.Empty((await GetAsync(http, "/operator/rules"))["rules"]!.AsArray());
        Assert.Contains("No such rule is in force", await again.Content.ReadAsStringAsync(), StringComparison.Ordinal);
        foreach (var does in new[] { "sets", "removes" })
            Assert.Contains(logs.Lines, line => line.StartsWith($"Operator ann from 127.0.0.1 {does} rule {rule["id"]}: mail to xn--bcher-kva.test from news.test is held by ann since", StringComparison.Ordinal));
    }

    [Theory]
    [InlineData("""{"domain":"b.test","reason":"maintenance"}""", "mail to b.test is paused")]
    [InlineData("""{"reason":"maintenance"}""", "all mail is paused")]
    public async Task A_retry_of_mail_that_a_pause_keeps_back_says_so(string pause, string words)
    {
        await using var host = await EdgeHost.StartAsync(redis.Process.ConnectionString);
        var id = await WriteAsync(host, "b@b.test", Due.After(TimeSpan.FromHours(1)));
        using var http = ClientOf(host);
        using var before = await PostAsync(http, $"/operator/messages/{id}/retry", "");
        var rule = JsonNode.Parse(await (await PostAsync(http, "/operator/pause", pause)).Content.ReadAsStringAsync())!;

        using var one = await PostAsync(http, $"/operator/messages/{id}/retry", "");
        using var all = await PostAsync(http, "/operator/jobs/count", """{"action":"retry","filter":{"domain":"b.test"}}""");
        var job = await RunJobAsync(http, """{"action":"retry","filter":{"domain":"b.test"}}""");
        using var drop = await PostAsync(http, $"/operator/messages/{id}/drop", "");

        Assert.Null(JsonNode.Parse(await before.Content.ReadAsStringAsync())!["note"]);
        foreach (var answer in new[] { JsonNode.Parse(await one.Content.ReadAsStringAsync())!, JsonNode.Parse(await all.Content.ReadAsStringAsync())!, job })
        {
            var note = (string)answer["note"]!;
            Assert.Contains($"stays until rule {rule["id"]} ends: {words} by an operator on this machine since", note, StringComparison.Ordinal);
            Assert.EndsWith("because: maintenance.", note, StringComparison.Ordinal);
        }
        Assert.Null(JsonNode.Parse(await drop.Content.ReadAsStringAsync())!["note"]);
    }

    [Theory]
    [InlineData("""{"action":"pause","domain":"b.test","reason":"maintenance"}""", "due later two")]
    [InlineData("""{"action":"pause","sender":"a@a.test","reason":"maintenance"}""", "due later two other")]
    [InlineData("""{"action":"pause","reason":"maintenance","confirm":true}""", "due later two other bounce")]
    [InlineData("""{"action":"hold","domain":"b.test","reason":"maintenance"}""", "")]
    public async Task A_list_names_the_pause_of_each_message_none_of_whose_recipients_is_tried(string pause, string paused)
    {
        await using var host = await EdgeHost.StartAsync(redis.Process.ConnectionString);
        using var http = ClientOf(host);
        var names = new Dictionary<string, string>
        {
            [await WriteAsync(host, "b@b.test")] = "due",
            [await WriteAsync(host, "b@b.test", Due.After(TimeSpan.FromHours(1)))] = "later",
            [await WriteAsync(host, "b@b.test", default, "c@b.test")] = "two",
            [await WriteAsync(host, "b@b.test", default, "c@c.test")] = "other",
            [await WriteAsync(host, "b@b.test", Due.After(TimeSpan.FromHours(1)))] = "bounce",
            [await WriteAsync(host, "b@b.test")] = "held",
        };
        string IdOf(string name) => names.First(pair => pair.Value == name).Key;
        using var bounce = await PostAsync(http, $"/operator/messages/{IdOf("bounce")}/bounce", """{"text":"no longer here"}""");
        using var hold = await PostAsync(http, $"/operator/messages/{IdOf("held")}/hold", """{"reason":"a look"}""");
        var rule = JsonNode.Parse(await (await PostAsync(http, "/operator/rules", pause)).Content.ReadAsStringAsync())!;

        var listed = (await GetAsync(http, "/operator/messages"))["messages"]!.AsArray();

        Assert.Equal(names.Count, listed.Count);
        Assert.Equal(paused.Split(' ', StringSplitOptions.RemoveEmptyEntries).Order(), listed.Where(message => message!["paused"] is not null).Select(message => names[(string)message!["id"]!]).Order());
        Assert.All(listed.Where(message => message!["paused"] is not null), message =>
            Assert.Equal(((string?)rule["id"], "maintenance"), ((string?)message!["paused"]!["id"], (string?)message["paused"]!["reason"])));
    }

    [Theory]
    [InlineData("""{"domain":"a.b.test"}""", "Mail that the rule matches is put on hold when it is due, by rule")]
    [InlineData("""{"domain":"*.b.test"}""", "Mail that the rule matches is put on hold")]
    [InlineData("""{"recipient":"x@a.b.test","sender":"ann@news.test"}""", "Mail that the rule matches is put on hold")]
    [InlineData("""{"sender":"@news.test"}""", "Mail that the rule matches is put on hold")]
    [InlineData("""{"subject":"x"}""", "Mail that the rule matches is put on hold")]
    [InlineData("""{"domain":"b.test"}""", null)]
    [InlineData("""{"domain":"c.test"}""", null)]
    [InlineData("""{"domain":"*.B.test."}""", "Mail that the rule matches is put on hold")]
    [InlineData("""{"domain":"c.test","recipient":"x@A.b.test"}""", "Mail that the rule matches is put on hold")]
    [InlineData("""{"domain":"c.test","recipientState":"any"}""", "Mail that the rule matches is put on hold")]
    [InlineData("""{"domain":"a.b.test","sender":"<>"}""", null)]
    [InlineData("""{"sender":"ann@other.test"}""", null)]
    public async Task A_retry_of_all_that_match_names_the_rules_that_can_keep_it_back(string filter, string? note)
    {
        await using var host = await EdgeHost.StartAsync(redis.Process.ConnectionString);
        using var http = ClientOf(host);
        using var rule = await PostAsync(http, "/operator/rules", """{"action":"hold","domain":"*.b.test","sender":"@news.test","reason":"look"}""");
        using var counted = await PostAsync(http, "/operator/jobs/count", $$"""{"action":"retry","filter":{{filter}}}""");
        var said = (string?)JsonNode.Parse(await counted.Content.ReadAsStringAsync())!["note"];
        if (note is null)
            Assert.Null(said);
        else
            Assert.StartsWith(note, said, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_retry_of_all_that_match_says_that_mail_on_hold_stays_so()
    {
        const string Held = "1 message that matches is on hold; this order leaves that so. Release puts it back into the schedule.";
        await using var host = await EdgeHost.StartAsync(redis.Process.ConnectionString);
        await host.Operator.HoldAsync(await WriteAsync(host, "b@b.test"), "look");
        using var http = ClientOf(host);
        using var counted = await PostAsync(http, "/operator/jobs/count", """{"action":"retry","filter":{"domain":"b.test"}}""");
        using var elsewhere = await PostAsync(http, "/operator/jobs/count", """{"action":"retry","filter":{"domain":"c.test"}}""");
        var job = await RunJobAsync(http, """{"action":"retry","filter":{"domain":"b.test"}}""");
        Assert.Equal((0, Held), ((int)job["done"]!, (string?)job["note"]));
        Assert.Equal(Held, (string?)JsonNode.Parse(await counted.Content.ReadAsStringAsync())!["note"]);
        Assert.Null(JsonNode.Parse(await elsewhere.Content.ReadAsStringAsync())!["note"]);
    }

    [Theory]
    [InlineData(-1)]
    [InlineData(1)]
    public async Task A_rule_lasts_as_long_as_it_says_also_where_the_clock_of_the_edge_is_wrong(int hours)
    {
        var clock = new FakeTimeProvider(TimeProvider.System.GetUtcNow().AddHours(hours));
        await using var host = await EdgeHost.StartAsync(redis.Process.ConnectionString, services: services => services.AddSingleton<TimeProvider>(clock));
        using var http = ClientOf(host);
        var before = TimeProvider.System.GetUtcNow();
        using var set = await PostAsync(http, "/operator/pause", """{"domain":"b.test","reason":"maintenance","for":"30m"}""");
        var after = TimeProvider.System.GetUtcNow();
        var rule = Assert.Single((await GetAsync(http, "/operator/rules"))["rules"]!.AsArray())!;
        Assert.InRange((DateTimeOffset)rule["expires"]!, before.AddMinutes(30).AddMilliseconds(-1), after.AddMinutes(30));
    }

    [Theory]
    [InlineData("""{"domain":"b.test","reason":"maintenance"}""", """{"domain":"B.test"}""", "b.test")]
    [InlineData("""{"reason":"maintenance","until":"2199-12-24T08:00:00Z"}""", "", null)]
    [InlineData("""{"domain":"*","reason":"maintenance"}""", """{"domain":"*"}""", null)]
    public async Task A_pause_is_seen_in_the_overview_and_in_why_until_it_is_resumed(string pause, string resume, string? domain)
    {
        await using var host = await EdgeHost.StartAsync(redis.Process.ConnectionString);
        var id = await WriteAsync(host, "b@b.test");
        var other = await WriteAsync(host, "b@other.test");
        using var http = ClientOf(host);

        using var paused = await PostAsync(http, "/operator/pause", pause);
        var overview = await GetAsync(http, "/operator/overview");
        var (why, otherWhy) = (await WhyAsync(http, id), await WhyAsync(http, other));
        using var resumed = await PostAsync(http, "/operator/resume", resume);
        using var nothing = await PostAsync(http, "/operator/resume", resume);

        Assert.Equal((HttpStatusCode.Created, HttpStatusCode.OK, HttpStatusCode.NotFound), (paused.StatusCode, resumed.StatusCode, nothing.StatusCode));
        Assert.Equal(1, (int)overview["rules"]!);
        Assert.Equal(domain is null, overview["paused"] is not null);
        Assert.Equal(domain is null ? ["paused", "paused"] : ["paused", null], overview["destinations"]!.AsArray().Select(d => (string?)d!["state"]));
        Assert.Contains("paused by an operator on this machine since", why, StringComparison.Ordinal);
        Assert.Contains("because: maintenance. It is neither tried nor bounced until the pause ends.", why, StringComparison.Ordinal);
        Assert.Equal(domain is null, otherWhy.Contains("paused", StringComparison.Ordinal));
        Assert.DoesNotContain("paused", await WhyAsync(http, id), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("hold", "It will be put on hold when it is due")]
    [InlineData("drop", "It will be dropped when it is due")]
    public async Task Why_tells_what_a_rule_will_do(string action, string expected)
    {
        await using var host = await EdgeHost.StartAsync(redis.Process.ConnectionString);
        var id = await WriteAsync(host, "b@b.test", Due.After(TimeSpan.FromHours(1)));
        using var http = ClientOf(host);
        using var set = await PostAsync(http, "/operator/rules", $$"""{"action":"{{action}}","domain":"b.test","reason":"storm"}""");
        Assert.Contains(expected, await WhyAsync(http, id), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("""{"action":"hold","domain":"b.test"}""", "reason", "Say why")]
    [InlineData("""{"action":"hold","domain":"b.test","reason":"a\nb"}""", "reason", "one line")]
    [InlineData("""{"action":"explode","domain":"b.test","reason":"x"}""", "action", "pause, hold, drop")]
    [InlineData("""{"domain":"b.test","reason":"x"}""", "action", "pause, hold, drop")]
    [InlineData("""{"action":"hold","domain":"no domain","reason":"x"}""", "domain", "write example.com")]
    [InlineData("""{"action":"hold","domain":"","reason":"x"}""", "domain", "write example.com")]
    [InlineData("""{"action":"hold","sender":"ann","reason":"x"}""", "sender", "@example.com for a domain")]
    [InlineData("""{"action":"pause","domain":"b.test","reason":"x","until":"2020-01-01T00:00:00Z"}""", "until", "over already")]
    [InlineData("""{"action":"pause","domain":"b.test","reason":"x","for":"0s"}""", "for", "over already")]
    [InlineData("""{"action":"pause","domain":"b.test","reason":"x","for":"soon"}""", "for", "90s, 30m, 2h, 7d")]
    [InlineData("""{"action":"pause","domain":"b.test","reason":"x","until":"soon"}""", "until", "2026-12-24T08:00:00Z")]
    [InlineData("""{"action":"pause","domain":"b.test","reason":"x","for":"2h","until":"2199-01-01T00:00:00Z"}""", "until", "not both")]
    [InlineData("""{"action":"drop","reason":"x"}""", "confirm", "drop all mail")]
    [InlineData("""{"action":"hold","domain":"*","sender":"*","reason":"x"}""", "confirm", "hold all mail")]
    [InlineData("""{"action":"hold","domian":"b.test","reason":"x"}""", "domian", "its members are")]
    public async Task A_rule_that_cannot_be_read_or_must_be_confirmed_changes_nothing_and_says_what_would_be_right(string body, string field, string expected)
    {
        await using var host = await EdgeHost.StartAsync(redis.Process.ConnectionString);
        using var http = ClientOf(host);
        using var response = await PostAsync(http, "/operator/rules", body);
        Assert.Equal(HttpStatusCode.BadRequest, response.StatusCode);
        var errors = JsonNode.Parse(await response.Content.ReadAsStringAsync())!["errors"]!.AsObject();
        Assert.Contains(expected, (string?)errors[field]?[0] ?? errors.ToJsonString(), StringComparison.Ordinal);
        Assert.Empty((await GetAsync(http, "/operator/rules"))["rules"]!.AsArray());
    }

    [Theory]
    [InlineData("hold")]
    [InlineData("drop")]
    public async Task A_rule_for_all_mail_is_set_when_it_is_meant(string action)
    {
        await using var host = await EdgeHost.StartAsync(redis.Process.ConnectionString);
        using var http = ClientOf(host);
        using var response = await PostAsync(http, "/operator/rules", $$"""{"action":"{{action}}","reason":"x","confirm":true}""");
        Assert.Equal(HttpStatusCode.Created, response.StatusCode);
    }

    [Theory]
    [InlineData("/operator/rules", "")]
    [InlineData("/operator/rules", """{"action":"pause","domain":"b.test","reason":"x"}""")]
    [InlineData("/operator/pause", """{"reason":"x"}""")]
    [InlineData("/operator/resume", "{}")]
    public async Task A_senders_key_sets_no_rule(string path, string body)
    {
        await using var host = await EdgeHost.StartAsync(redis.Process.ConnectionString, new() { ["Edge:Http:ApiKeys:app"] = Hash("key") });
        using var http = ClientOf(host);
        http.DefaultRequestHeaders.Authorization = new("Bearer", "key");
        using var response = body.Length == 0 ? await http.GetAsync(path) : await PostAsync(http, path, body);
        Assert.Equal(HttpStatusCode.Forbidden, response.StatusCode);
    }
}
