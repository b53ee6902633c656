using System.Net;
using System.Security.Cryptography;
using System.Text;

namespace Slimta.Tests.Edge;

/// <summary>What a web page may do through the browser of somebody on this machine: nothing.</summary>
[Collection("edge")]
public sealed class BrowserGuardTests(RedisServer redis)
{
    private const string To = "/messages?sender=a@a.test&recipient=b@b.test";

    private Task<EdgeHost> StartAsync(params (string, string?)[] settings) =>
        EdgeHost.StartAsync(redis.Process.ConnectionString, settings.ToDictionary(s => s.Item1, s => s.Item2));

    private static async Task<HttpStatusCode> AskAsync(EdgeHost host, HttpMethod method, string path, params (string Name, string Value)[] fields)
    {
        using var http = new HttpClient { BaseAddress = host.Http };
        using var request = new HttpRequestMessage(method, path);
        if (method == HttpMethod.Post)
            request.Content = new ByteArrayContent("From: a@a.test\r\n\r\n"u8.ToArray()) { Headers = { ContentType = new("message/rfc822") } };
        foreach (var (name, value) in fields)
            request.Headers.TryAddWithoutValidation(name, value);
        using var response = await http.SendAsync(request);
        return response.StatusCode;
    }

    [Theory]
    [InlineData("Host", "rebound.example.com")]
    [InlineData("Host", "rebound.example.com:5080")]
    [InlineData("Host", "localhost.example.com")]
    [InlineData("Host", "127.0.0.1.example.com")]
    [InlineData("Origin", "https://example.com")]
    [InlineData("Origin", "http://localhost:1")]
    [InlineData("Origin", "null")]
    [InlineData("Origin", "file://")]
    [InlineData("Origin", "chrome-extension://abcdef")]
    [InlineData("Sec-Fetch-Site", "cross-site")]
    [InlineData("Sec-Fetch-Site", "same-site")]
    public async Task A_page_of_another_site_sends_no_mail(string field, string value)
    {
        await using var host = await StartAsync();
        Assert.Equal(HttpStatusCode.Forbidden, await AskAsync(host, HttpMethod.Post, To, (field, value)));
        Assert.Equal(HttpStatusCode.Forbidden, await AskAsync(host, HttpMethod.Post, "/operator/retry-all", (field, value)));
        // Nor does it get at a route that is not guarded, known or not.
        Assert.Equal(HttpStatusCode.Forbidden, await AskAsync(host, HttpMethod.Get, "/openapi/v1.json", (field, value)));
        Assert.Equal(HttpStatusCode.Forbidden, await AskAsync(host, HttpMethod.Get, "/to-come", (field, value)));
        Assert.Empty(await host.QueuedAsync());
    }

    [Fact]
    public async Task The_body_of_a_page_is_not_waited_for()
    {
        await using var host = await StartAsync();
        using var client = new System.Net.Sockets.TcpClient();
        await client.ConnectAsync(IPAddress.Loopback, host.Http.Port);
        await client.GetStream().WriteAsync(Encoding.ASCII.GetBytes(
            $"POST {To} HTTP/1.1\r\nHost: localhost\r\nOrigin: https://example.com\r\nContent-Type: message/rfc822\r\nContent-Length: 1000\r\n\r\n"));
        using var reader = new StreamReader(client.GetStream());
        Assert.Equal("HTTP/1.1 403 Forbidden", await reader.ReadLineAsync());
    }

    [Theory]
    [InlineData]
    [InlineData("Host", "localhost")]
    [InlineData("Host", "127.0.0.1:80")]
    [InlineData("Host", "[::1]:5080")]
    [InlineData("Host", "192.0.2.1")]
    [InlineData("Host", "host.docker.internal:5080")]
    [InlineData("Host", "mx.test")]
    [InlineData("Host", "mail.example.com")]
    [InlineData("Host", "a.example.net")]
    [InlineData("Host", "mail.example.com", "Origin", "https://mail.example.com", "Sec-Fetch-Site", "same-origin")]
    [InlineData("Host", "localhost:5080", "Origin", "http://localhost:5080", "Sec-Fetch-Site", "same-origin")]
    [InlineData("Host", "xn--bcher-kva.example")]
    [InlineData("Host", "shop.xn--bcher-kva.example:8443", "Origin", "https://shop.xn--bcher-kva.example:8443", "Sec-Fetch-Site", "same-origin")]
    [InlineData("Sec-Fetch-Site", "none")]
    public async Task Programs_and_our_own_pages_do(params string[] fields)
    {
        await using var host = await StartAsync(("Edge:Http:Hosts:0", "mail.example.com"), ("Edge:Http:Hosts:1", "*.example.net"),
            ("Edge:Http:Hosts:2", "B\u00dccher.example"), ("Edge:Http:Hosts:3", "*.bu\u0308cher.example"));
        Assert.Equal(HttpStatusCode.Accepted, await AskAsync(host, HttpMethod.Post, To, [.. fields.Chunk(2).Select(f => (f[0], f[1]))]));
    }

    [Theory]
    [InlineData("GET", "/operator/messages", 200)]
    [InlineData("GET", "/operator/overview", 200)]
    [InlineData("GET", "/operator/messages?limit=0", 400)]
    [InlineData("GET", "/operator/messages/none", 404)]
    [InlineData("GET", "/operator/messages/none/why", 404)]
    [InlineData("POST", "/operator/messages/none/retry", 404)]
    [InlineData("POST", "/operator/retry-all", 200)]
    [InlineData("POST", To, 202)]
    [InlineData("GET", "/messages", 405)]
    [InlineData("GET", "/openapi/v1.json", 200)]
    [InlineData("GET", "/no-such-route", 404)]
    [InlineData("GET", "/operator/messages", 403, "Origin", "https://example.com")]
    [InlineData("GET", "/operator/messages", 401, "X-Api-Key", "wrong")]
    public async Task Every_answer_is_kept_nowhere_and_taken_for_nothing_else(string method, string path, int status, params string[] field)
    {
        await using var host = await StartAsync();
        using var http = new HttpClient { BaseAddress = host.Http };
        using var request = new HttpRequestMessage(new(method), path);
        if (method == "POST")
            request.Content = path == To ? new ByteArrayContent("\r\n"u8.ToArray()) { Headers = { ContentType = new("message/rfc822") } } : null;
        if (field is [var name, var value])
            request.Headers.Add(name, value);
        using var answer = await http.SendAsync(request);
        Assert.Equal(status, (int)answer.StatusCode);
        Assert.Equal(("no-store", "nosniff"), (answer.Headers.GetValues("Cache-Control").Single(), answer.Headers.GetValues("X-Content-Type-Options").Single()));
    }

    [Fact]
    public async Task Who_shows_a_key_may_call_us_by_any_name()
    {
        await using var host = await StartAsync(("Edge:Http:ApiKeys:shop", Convert.ToHexString(SHA256.HashData("k3y"u8))));
        Assert.Equal(HttpStatusCode.Accepted, await AskAsync(host, HttpMethod.Post, To, ("Host", "edge.example.com"), ("X-Api-Key", "k3y")));
        Assert.Equal(HttpStatusCode.Forbidden, await AskAsync(host, HttpMethod.Post, To, ("Host", "edge.example.com"), ("X-Api-Key", "wrong")));
    }

    [Theory]
    [InlineData("edge")]
    [InlineData("probe.example.com")]
    [InlineData("10.0.0.7:8080")]
    public async Task Probes_call_us_by_any_name(string name)
    {
        await using var host = await StartAsync();
        Assert.Equal(HttpStatusCode.OK, await AskAsync(host, HttpMethod.Get, "/health", ("Host", name)));
    }

    [Fact]
    public async Task A_link_to_a_page_may_be_followed()
    {
        await using var host = await StartAsync();
        Assert.Equal(HttpStatusCode.OK, await AskAsync(host, HttpMethod.Get, "/openapi/v1.json",
            ("Sec-Fetch-Site", "cross-site"), ("Sec-Fetch-Mode", "navigate"), ("Sec-Fetch-Dest", "document")));
        Assert.Equal(HttpStatusCode.Forbidden, await AskAsync(host, HttpMethod.Get, "/openapi/v1.json",
            ("Sec-Fetch-Site", "cross-site"), ("Sec-Fetch-Mode", "navigate"), ("Sec-Fetch-Dest", "iframe")));
    }

    [Theory]
    [InlineData("X-Forwarded-For", "127.0.0.1")]
    [InlineData("X-Forwarded-For", "::1")]
    [InlineData("Forwarded", "for=127.0.0.1")]
    public async Task What_a_client_elsewhere_says_of_itself_makes_it_no_client_of_this_machine(string field, string value)
    {
        if (Array.Find(await Dns.GetHostAddressesAsync(Dns.GetHostName()), a => a.AddressFamily == System.Net.Sockets.AddressFamily.InterNetwork && !IPAddress.IsLoopback(a)) is not { } own)
            return;
        await using var host = await StartAsync(("urls", $"http://{own}:0"), ("FORWARDEDHEADERS_ENABLED", "true"));
        Assert.Equal(HttpStatusCode.Unauthorized, await AskAsync(host, HttpMethod.Post, To, (field, value)));
    }
}
