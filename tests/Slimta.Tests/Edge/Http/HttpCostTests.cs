using System.Net;
using System.Net.Http.Headers;
using System.Net.Http.Json;
using System.Text;
using System.Text.Json;
using CsCheck;

namespace Slimta.Tests.Edge;

/// <summary>What a request may cost, and that nothing in it is an error of ours.</summary>
[Collection("edge")]
public sealed class HttpCostTests(RedisServer redis)
{
    private Task<EdgeHost> StartAsync(params (string, string?)[] settings) =>
        EdgeHost.StartAsync(redis.Process.ConnectionString, settings.ToDictionary(s => s.Item1, s => s.Item2));

    private static StringContent Json(string text) => new(text, Encoding.UTF8, "application/json");

    private static readonly string[] OneRecipient = ["b@b.test"];

    private static Gen<string> OneOf(params string[] texts) => Gen.Int[0, texts.Length - 1].Select(i => texts[i]);

    private static string Addresses(int count) => string.Join(',', Enumerable.Range(0, count).Select(i => $"\"u{i}@b.test\""));

    private static async Task<JsonElement> ErrorsAsync(HttpResponseMessage response) =>
        (await response.Content.ReadFromJsonAsync<JsonElement>()).GetProperty("errors").Clone();

    [Fact]
    public async Task As_many_recipients_as_a_message_may_have_are_taken_and_one_more_is_named()
    {
        await using var host = await StartAsync();
        using var http = new HttpClient { BaseAddress = host.Http };
        using var taken = await http.PostAsync("/messages", Json($$"""{"from":"a@a.test","to":[{{Addresses(600)}}],"bcc":["x@b.test",{{Addresses(399)}}]}"""));
        Assert.Equal(HttpStatusCode.Accepted, taken.StatusCode);
        Assert.Equal(601, Assert.Single(await host.QueuedAsync()).Message.RecipientCount);
        using var over = await http.PostAsync("/messages", Json($$"""{"from":"a@a.test","to":[{{Addresses(600)}}],"bcc":[{{Addresses(401)}}]}"""));
        Assert.Equal("bcc", Assert.Single((await ErrorsAsync(over)).EnumerateObject()).Name);
    }

    [Fact]
    public async Task Of_many_errors_the_first_twenty_are_told()
    {
        await using var host = await StartAsync();
        using var http = new HttpClient { BaseAddress = host.Http };
        using var response = await http.PostAsync("/messages", Json($$"""{"from":"a@a.test","to":[{{string.Join(',', Enumerable.Repeat("\"\"", 900))}}]}"""));
        Assert.Equal(20, (await ErrorsAsync(response)).EnumerateObject().Count());
    }

    [Fact]
    public async Task Beyond_what_all_requests_may_hold_the_next_is_told_to_come_back()
    {
        await using var host = await StartAsync(("Edge:Http:MaxJsonBytes", "200000"), ("Edge:Http:MaxBytesInFlight", "200000"));
        using var http = new HttpClient { BaseAddress = host.Http };
        using var refused = await http.PostAsync("/messages", Json(new string(' ', 199_999)));
        Assert.Equal(HttpStatusCode.ServiceUnavailable, refused.StatusCode);
        Assert.NotNull(refused.Headers.RetryAfter);
        // What was refused holds nothing any more.
        for (var i = 0; i < 5; i++)
        {
            using var taken = await http.PostAsync("/messages", Json("""{"from":"a@a.test","to":["b@b.test"]}""" + new string(' ', 100_000)));
            Assert.Equal(HttpStatusCode.Accepted, taken.StatusCode);
        }
    }

    [Theory]
    [InlineData("""{"from":"a@a.test","to":["b@b.test"],"attachments":[null]}""", "attachments[0]")]
    [InlineData("""{"from":"a@a.test","to":["b@b.test"],"attachments":[{}]}""", "attachments[0].name")]
    [InlineData("""{"from":"a@a.test","to":["b@b.test"],"attachments":{}}""", "attachments")]
    [InlineData("""{"from":"a@a.test","to":["b@b.test"],"attachments":[{"name":"x","content":1e999}]}""", "attachments[0].content")]
    [InlineData("""{"from":"a@a.test","to":["b@b.test"],"attachments":[{"name":"x","contentType":"multipart/mixed","content":""}]}""", "attachments[0].contentType")]
    [InlineData("""{"from":"a@a.test","to":["b@b.test"],"attachments":[{"name":"x","contentType":"message/rfc822","content":"AAAA"}]}""", "attachments[0].content")]
    [InlineData("""{"from":"a@a.test","to":"b@b.test"}""", "to")]
    [InlineData("""{"from":"a@a.test","to":[["b@b.test"]]}""", "to[0]")]
    [InlineData("""{"from":"a@a.test","to":[null]}""", "to[0]")]
    [InlineData("""{"from":"a@a.test","to":["b@b.test"],"subject":"\ud800"}""", "subject")]
    [InlineData("""{"from":"a@a.test","to":["b@b.test"],"subject":9999999999999999999999999999}""", "subject")]
    [InlineData("""{"from":"a@a.test","to":["b@b.test"],"\ud800":1}""", "$")]
    [InlineData("""{"from":"a@a.test","to":["b@b.test"]}{}""", "$")]
    [InlineData("""{"from":"a@a.test","from":"b@b.test"}""", "$")]
    [InlineData("""{"a":[[[[[[[[[[[[[[[[[[[[[[1]]]]]]]]]]]]]]]]]]]]]]}""", "a")]
    [InlineData("""{"from":"a@a.test","to":["b@xn--\u0000.test"]}""", "to[0]")]
    public async Task What_cannot_be_understood_is_named(string json, string field)
    {
        await using var host = await StartAsync();
        using var http = new HttpClient { BaseAddress = host.Http };
        using var response = await http.PostAsync("/messages", Json(json));
        Assert.Equal(HttpStatusCode.BadRequest, response.StatusCode);
        Assert.Contains(field, (await ErrorsAsync(response)).EnumerateObject().Select(error => error.Name));
    }

    [Theory]
    [InlineData("message/rfc822", "", "7bit")]
    [InlineData("message/rfc822", "Subject: in\n\nbody\n", "7bit")]
    [InlineData(null, "Subject: in\r\n\r\n\u00fc\r\n", "8bit")]
    [InlineData("text/plain; charset=none-such", "x", "base64")]
    [InlineData("application/x; a*0*=b; a*1=c", "x", "base64")]
    public async Task Attachments_of_any_type_are_taken(string? type, string content, string encoding)
    {
        await using var host = await StartAsync();
        using var http = new HttpClient { BaseAddress = host.Http };
        using var response = await http.PostAsJsonAsync("/messages", new
        {
            from = "a@a.test",
            to = OneRecipient,
            text = "a\rb\nc",
            attachments = new[] { new { name = "x.eml", contentType = type, content = Encoding.UTF8.GetBytes(content) } },
        });
        Assert.Equal(HttpStatusCode.Accepted, response.StatusCode);
        var text = Assert.Single(await host.QueuedAsync()).Text;
        Assert.Contains($"Content-Transfer-Encoding: {encoding}\r\n", text, StringComparison.Ordinal);
        Assert.DoesNotContain(text.Replace("\r\n", "", StringComparison.Ordinal), c => c is '\r' or '\n');
    }

    [Fact]
    public async Task No_request_makes_the_answer_an_error_of_ours()
    {
        await using var host = await StartAsync();
        using var http = new HttpClient(new SocketsHttpHandler { RequestHeaderEncodingSelector = (_, _) => Encoding.UTF8 }) { BaseAddress = host.Http };
        var part = OneOf("{", "}", "[", "]", ",", ":", "\"", "\\ud800", "\\u0000", "null", "1e999", "true", "\u00ff", "\0", "\"from\":", "\"to\":", "\"a@a.test\"",
            "[\"b@b.test\"]", "\"attachments\":", "\"name\":\"x\"", "\"content\":\"AA==\"", "\"contentType\":", "\"message/rfc822\"", "\"=?x?q?=00?=\"", "\"subject\":", "\"text\":", " ");
        var type = OneOf("application/json", "application/json; charset=none", "message/rfc822", "text/plain", "application/json;;=");
        var name = OneOf("Idempotency-Key", "Mail-From", "Rcpt-To", "X-Envelope-Sender", "X-Envelope-Recipient", "X-Ehlo", "X-Api-Key", "Traceparent");
        var value = OneOf("", " ", "a@a.test", "<>", "=?", "YUBhLnRlc3Q=", "\u00ff", ",;,", new string('x', 300), "\ud83d\ude00");
        await Gen.Select(part.Array[0, 12], type, Gen.Select(name, value).Array[0, 4], OneOf("", "?sender=a@a.test&recipient=b@b.test", "?sender=%ff&recipient=%00", "?recipient=x@%5b%5d")).SampleAsync(async (parts, type, fields, query) =>
        {
            using var request = new HttpRequestMessage(HttpMethod.Post, "/messages" + query) { Content = new ByteArrayContent(Encoding.Latin1.GetBytes(string.Concat(parts))) };
            request.Content.Headers.TryAddWithoutValidation("Content-Type", type);
            foreach (var (field, text) in fields)
                request.Headers.TryAddWithoutValidation(field, text);
            using var response = await http.SendAsync(request);
            Assert.True((int)response.StatusCode is < 500 or 503, $"{(int)response.StatusCode} to {string.Concat(parts)}");
        }, iter: 1000, threads: 2);
    }

    [Theory]
    [InlineData(1000, 0)]
    [InlineData(1001, 1)]
    [InlineData(3000, 1)]
    public async Task Every_form_takes_as_many_recipients_as_a_message_may_have(int count, int refused)
    {
        await using var host = await StartAsync();
        using var http = new HttpClient { BaseAddress = host.Http };
        var recipients = Enumerable.Range(0, count).Select(i => $"some.longer.name.number-{i}@department.example.com").ToArray();
        using var query = await http.PostAsync("/messages?sender=a@a.test&" + string.Join('&', recipients.Select(r => $"recipient={Uri.EscapeDataString(r)}")), Raw());
        using var field = await PostAsync(http, request => request.Headers.Add("Rcpt-To", recipients), ("Mail-From", "a@a.test"));
        using var one = await PostAsync(http, request => request.Headers.Add("Rcpt-To", string.Join(", ", recipients)), ("Mail-From", "a@a.test"));
        using var slimta = await PostAsync(http, request => request.Headers.Add("X-Envelope-Recipient", recipients.Select(r => Convert.ToBase64String(Encoding.UTF8.GetBytes(r)))), ("X-Envelope-Sender", "YUBhLnRlc3Q="));
        var statuses = new[] { query.StatusCode, field.StatusCode, one.StatusCode };
        Assert.All(statuses, status => Assert.Equal(refused == 0 ? HttpStatusCode.Accepted : HttpStatusCode.BadRequest, status));
        Assert.StartsWith(refused == 0 ? "250; " : "550; message=\"5.5.3 Too many recipients; at most 1000 are allowed\"",
            Assert.Single(slimta.Headers.GetValues("X-Smtp-Reply")), StringComparison.Ordinal);
    }

    private static ByteArrayContent Raw() => new("\r\n"u8.ToArray()) { Headers = { ContentType = new MediaTypeHeaderValue("message/rfc822") } };

    private static async Task<HttpResponseMessage> PostAsync(HttpClient http, Action<HttpRequestMessage> add, (string Name, string Value) sender)
    {
        using var request = new HttpRequestMessage(HttpMethod.Post, "/messages") { Content = Raw() };
        request.Headers.Add(sender.Name, sender.Value);
        add(request);
        return await http.SendAsync(request);
    }
}
