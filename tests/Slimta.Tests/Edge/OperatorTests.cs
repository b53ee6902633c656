using System.Net;
using System.Security.Cryptography;
using Slimta.Storage;

namespace Slimta.Tests.Edge;

[Collection("edge")]
public sealed class OperatorTests(RedisServer redis)
{
    private const string RetryAll = "/operator/retry-all";

    private Task<EdgeHost> StartAsync(params (string, string?)[] settings) =>
        EdgeHost.StartAsync(redis.Process.ConnectionString, settings.ToDictionary(s => s.Item1, s => s.Item2));

    [Fact]
    public async Task Retry_all_makes_waiting_messages_due_now()
    {
        await using var host = await StartAsync();
        var envelope = new Envelope { Sender = "a@a.test", Recipients = ["b@b.test"], Content = "\r\n"u8.ToArray() };
        await host.Queue.WriteAsync(envelope, Due.After(TimeSpan.FromHours(1)));
        using var http = new HttpClient { BaseAddress = host.Http };
        using var response = await http.PostAsync(RetryAll, null);
        Assert.Equal("""{"retried":1}""", await response.Content.ReadAsStringAsync());
        Assert.Equal((1L, 0L), ((await host.Operator.CountAsync()).Due, (await host.Operator.CountAsync()).Scheduled));
    }

    [Fact]
    public async Task An_operator_elsewhere_needs_a_key()
    {
        var hash = Convert.ToHexString(SHA256.HashData("secret"u8));
        await using var host = await StartAsync(("Edge:Http:TrustLoopback", "false"), ("Edge:Http:ApiKeys:ops", hash));
        using var http = new HttpClient { BaseAddress = host.Http };
        using var refused = await http.PostAsync(RetryAll, null);
        Assert.Equal(HttpStatusCode.Unauthorized, refused.StatusCode);
        http.DefaultRequestHeaders.Authorization = new("Bearer", "secret");
        using var done = await http.PostAsync(RetryAll, null);
        Assert.Equal(HttpStatusCode.OK, done.StatusCode);
    }

    [Theory]
    [InlineData("Sec-Fetch-Site", "cross-site")]
    [InlineData("Sec-Fetch-Site", "same-site")]
    [InlineData("Host", "rebound.example.com")]
    public async Task A_page_of_another_site_cannot_act_through_the_browser_of_this_machine(string field, string value)
    {
        await using var host = await StartAsync();
        using var http = new HttpClient { BaseAddress = host.Http };
        using var request = new HttpRequestMessage(HttpMethod.Post, RetryAll);
        request.Headers.TryAddWithoutValidation(field, value);
        using var response = await http.SendAsync(request);
        Assert.Equal(HttpStatusCode.Forbidden, response.StatusCode);
    }
}
