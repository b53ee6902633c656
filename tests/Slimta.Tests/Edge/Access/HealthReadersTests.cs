using System.Text.Json.Nodes;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Diagnostics.HealthChecks;
using static Slimta.Tests.Edge.OperatorClient;

namespace Slimta.Tests.Edge.Access;

/// <summary>Why a process is not healthy is an operator's to know.</summary>
[Collection("edge")]
public sealed class HealthReadersTests(RedisServer redis)
{
    private const string Why = "3 messages are held for an operator";

    private Task<EdgeHost> StartAsync(bool trustLoopback) => EdgeHost.StartAsync(redis.Process.ConnectionString, new()
    {
        ["Edge:Http:TrustLoopback"] = $"{trustLoopback}",
        ["Edge:OperatorKeys:ann"] = Hash("operate"),
        ["Edge:Http:ApiKeys:app"] = Hash("send"),
    }, services => services.AddHealthChecks().AddCheck("the desk", () => HealthCheckResult.Degraded(Why)));

    [Theory]
    [InlineData(true, "", "", true)]
    [InlineData(true, "Host", "rebound.example.com", false)]
    [InlineData(true, "Sec-Fetch-Site", "cross-site", false)]
    [InlineData(true, "Origin", "http://elsewhere.test", false)]
    [InlineData(true, "Authorization", "Bearer send", false)]
    [InlineData(false, "", "", false)]
    [InlineData(false, "Authorization", "Bearer send", false)]
    [InlineData(false, "Authorization", "Bearer guess", false)]
    [InlineData(false, "Authorization", "Bearer operate", true)]
    public async Task Health_says_why_to_operators_and_to_others_a_status(bool trustLoopback, string field, string value, bool told)
    {
        await using var host = await StartAsync(trustLoopback);
        using var http = ClientOf(host);
        using var request = new HttpRequestMessage(HttpMethod.Get, "/health");
        if (field.Length > 0)
            request.Headers.TryAddWithoutValidation(field, value);
        using var answer = await http.SendAsync(request);
        var text = await answer.Content.ReadAsStringAsync();

        Assert.Equal(("application/json", "Degraded"), (answer.Content.Headers.ContentType!.MediaType, (string?)JsonNode.Parse(text)!["status"]));
        if (!told)
        {
            Assert.Equal("""{"status":"Degraded"}""", text);
            return;
        }
        var check = JsonNode.Parse(text)!["checks"]!.AsArray().Single(check => (string?)check!["name"] == "the desk")!;
        Assert.Equal(("Degraded", Why), ((string?)check["status"], (string?)check["description"]));
    }
}
