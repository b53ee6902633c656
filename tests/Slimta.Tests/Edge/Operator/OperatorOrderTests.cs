using System.Net;
using System.Text.Json.Nodes;
using Slimta.Storage;
using static Slimta.Tests.Edge.OperatorClient;

namespace Slimta.Tests.Edge;

/// <summary>What operators order over HTTP on one message.</summary>
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
        Assert.Equal(HttpStatusCode.Conflict, one.StatusCode);
        Assert.NotNull(JsonNode.Parse(await one.Content.ReadAsStringAsync())!["relay"]);
        var all = await RunJobAsync(http, """{"action":"drop","filter":{"domain":"b.test"}}""");
        Assert.Equal(("done", 0, 1), ((string?)all["state"], (int)all["done"]!, (int)all["delivering"]!));
        Assert.True(entry.Lease.IsLive);
    }

    [Fact]
    public async Task A_route_is_one_that_a_running_relay_has()
    {
        await using var host = await EdgeHost.StartAsync(redis.Process.ConnectionString);
        var id = await WriteAsync(host, "b@b.test", Due.After(TimeSpan.FromHours(1)));
        using var http = ClientOf(host);
        Assert.Equal("No relay is running that could say which there are; start one first.", (string?)(await RefusedAsync("backup", HttpStatusCode.Conflict))["detail"]);
        await host.Relays.PublishAsync(new("relay-1", TimeProvider.System.GetUtcNow(), 0, 10) { NamedRoutes = new Dictionary<string, string> { ["backup"] = "10.0.0.1:25", ["smarthost"] = "10.0.0.2:25" } }, TimeSpan.FromMinutes(5));

        Assert.Equal("No relay that is running has a route '10.0.0.9:25'; they have backup, smarthost, and default.",
            (string?)(await RefusedAsync("10.0.0.9:25", HttpStatusCode.BadRequest))["errors"]!["via"]![0]);
        Assert.Equal(["backup", "smarthost"], (await GetAsync(http, "/operator/routes"))["routes"]!.AsArray().Select(route => (string?)route!["name"]));
        using var done = await PostAsync(http, $"/operator/messages/{id}/route", """{"via":"Backup"}""");
        Assert.Equal(HttpStatusCode.OK, done.StatusCode);
        Assert.Equal(("due", "Backup"), (await StateAsync(), (string?)(await GetAsync(http, $"/operator/messages/{id}"))["message"]!["route"]));
        Assert.Contains("It goes by the route Backup, by an operator's order.", await WhyAsync(http, id), StringComparison.Ordinal);
        using var back = await PostAsync(http, $"/operator/messages/{id}/route", """{"via":"default"}""");
        Assert.Null((await GetAsync(http, $"/operator/messages/{id}"))["message"]!["route"]);

        async Task<string?> StateAsync() => (string?)(await GetAsync(http, $"/operator/messages/{id}"))["message"]!["state"];

        async Task<JsonNode> RefusedAsync(string via, HttpStatusCode status)
        {
            using var one = await PostAsync(http, $"/operator/messages/{id}/route", $$"""{"via":"{{via}}"}""");
            using var all = await PostAsync(http, "/operator/jobs", $$$"""{"action":"route","via":"{{{via}}}","filter":{"domain":"b.test"}}""");
            Assert.Equal((status, status, "scheduled"), (one.StatusCode, all.StatusCode, await StateAsync()));
            return JsonNode.Parse(await one.Content.ReadAsStringAsync())!;
        }
    }
}
