using System.Net;
using System.Net.Http.Headers;
using System.Net.Http.Json;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using MimeKit;

namespace Slimta.Tests.Edge;

[Collection("edge")]
public sealed class HttpTests(RedisServer redis)
{
    private const string To = "/messages?sender=a@a.test&recipient=b@b.test";

    /// <summary>A domain of 254 octets, one more than the DNS has names for.</summary>
    private const string Long = Label + "." + Label + "." + Label + "." + Label + "." + "ab";
    private const string Label = "aaaaaaaaaabbbbbbbbbbccccccccccddddddddddeeeeeeeeeeffffffffffgg";

    private static readonly byte[] Awkward = [0, 10, 13, 255];

    private Task<EdgeHost> StartAsync(params (string, string?)[] settings) =>
        EdgeHost.StartAsync(redis.Process.ConnectionString, settings.ToDictionary(s => s.Item1, s => s.Item2));

    private static ByteArrayContent Raw(string message)
    {
        var content = new ByteArrayContent(Encoding.Latin1.GetBytes(message));
        content.Headers.ContentType = new("message/rfc822");
        return content;
    }

    private static async Task<JsonElement> BodyAsync(HttpResponseMessage response) =>
        (await response.Content.ReadFromJsonAsync<JsonElement>()).Clone();

    [Fact]
    public async Task A_raw_message_is_queued_as_it_is()
    {
        await using var host = await StartAsync();
        using var http = new HttpClient { BaseAddress = host.Http };
        using var response = await http.PostAsync(To + "&recipient=%22c%20d%22@c.test", Raw("Subject: x\r\n\r\n.body\xff\r\nno end"));
        Assert.Equal(HttpStatusCode.Accepted, response.StatusCode);
        var (message, text) = Assert.Single(await host.QueuedAsync());
        Assert.Equal(message.Id, (await BodyAsync(response)).GetProperty("id").GetString());
        Assert.Equal(["b@b.test", "\"c d\"@c.test"], message.Envelope.Recipients.Select(r => r.Address));
        Assert.StartsWith("Received: from [127.0.0.1] ([127.0.0.1])\r\n\tby mx.test with HTTP\r\n", text, StringComparison.Ordinal);
        Assert.EndsWith("Subject: x\r\n\r\n.body\xff\r\nno end", text, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Sender_and_recipients_may_stand_in_header_fields()
    {
        await using var host = await StartAsync();
        using var http = new HttpClient { BaseAddress = host.Http };
        using var request = new HttpRequestMessage(HttpMethod.Post, "/messages") { Content = Raw("\r\n") };
        request.Headers.Add("Mail-From", "<>");
        request.Headers.Add("Rcpt-To", ["b@b.test", "c@c.test"]);
        using var response = await http.SendAsync(request);
        Assert.Equal(HttpStatusCode.Accepted, response.StatusCode);
        var envelope = Assert.Single(await host.QueuedAsync()).Message.Envelope;
        Assert.Equal("", envelope.Sender);
        Assert.Equal(2, envelope.Recipients.Count);
    }

    [Fact]
    public async Task The_same_key_again_queues_nothing_and_answers_the_same_id()
    {
        await using var host = await StartAsync();
        using var http = new HttpClient { BaseAddress = host.Http };
        http.DefaultRequestHeaders.Add("Idempotency-Key", "order-1");
        using var first = await http.PostAsync(To, Raw("Subject: x\r\n\r\n"));
        using var again = await http.PostAsync(To, Raw("Subject: x\r\n\r\n"));
        using var other = await http.PostAsync(To, Raw("Subject: y\r\n\r\n"));
        using var elsewhere = await http.PostAsync(To + "&recipient=c@c.test", Raw("Subject: x\r\n\r\n"));
        var (one, same) = (await BodyAsync(first), await BodyAsync(again));
        Assert.Equal(one.GetProperty("id").GetString(), same.GetProperty("id").GetString());
        Assert.Equal((false, "true"), (first.Headers.Contains("Idempotency-Replayed"), again.Headers.GetValues("Idempotency-Replayed").Single()));
        Assert.Equal((false, true), (one.TryGetProperty("replayed", out _), same.GetProperty("replayed").GetBoolean()));
        Assert.Equal(HttpStatusCode.UnprocessableEntity, other.StatusCode);
        Assert.Equal(HttpStatusCode.UnprocessableEntity, elsewhere.StatusCode);
        Assert.Single(await host.QueuedAsync());
    }

    [Fact]
    public async Task A_JSON_message_is_composed_and_bcc_stays_out_of_it()
    {
        await using var host = await StartAsync();
        using var http = new HttpClient { BaseAddress = host.Http };
        using var response = await http.PostAsync("/messages", new StringContent($$"""
            {
              "from": "Änn <ann@a.test>", "to": ["Bob <bob@b.test>", "carl@ö.test"], "cc": ["carl@ö.test"], "bcc": ["secret@b.test"],
              "subject": "Grüße", "text": "Hallo\nWelt\n.\n", "html": "<p>Hallo</p>",
              "attachments": [{ "name": "a.bin", "contentType": "application/x-test", "content": "{{Convert.ToBase64String(Awkward)}}" }]
            }
            """, Encoding.UTF8, "application/json"));
        Assert.Equal(HttpStatusCode.Accepted, response.StatusCode);
        var (message, text) = Assert.Single(await host.QueuedAsync());
        Assert.Equal("ann@a.test", message.Envelope.Sender);
        Assert.Equal(["bob@b.test", "carl@xn--nda.test", "secret@b.test"], message.Envelope.Recipients.Select(r => r.Address));
        Assert.DoesNotContain("secret", text, StringComparison.Ordinal);
        Assert.DoesNotContain("Bcc", text, StringComparison.OrdinalIgnoreCase);
        var mime = await MimeMessage.LoadAsync(new MemoryStream(Encoding.Latin1.GetBytes(text)));
        Assert.Equal(("Grüße", "<p>Hallo</p>"), (mime.Subject, mime.HtmlBody?.TrimEnd()));
        var part = Assert.IsAssignableFrom<MimePart>(Assert.Single(mime.Attachments));
        using var bytes = new MemoryStream();
        await part.Content!.DecodeToAsync(bytes);
        Assert.Equal(Awkward, bytes.ToArray());
    }

    [Theory]
    [InlineData("""{"from":"a@a.test","to":["b@b.test"],"subject":"x\r\nBcc: evil@e.test"}""", "subject")]
    [InlineData("""{"from":"a@a.test","to":["b@b.test\nc"]}""", "to[0]")]
    [InlineData("""{"from":"a@a.test\u0000","to":["b@b.test"]}""", "from")]
    [InlineData("""{"from":"a@a.test","to":["b@b.test"],"attachments":[{"name":"x\ny","content":""}]}""", "attachments[0].name")]
    [InlineData("""{"from":"a@a.test","to":["b@b.test"],"attachments":[{"name":"x","contentType":"a/b\r\nX: y","content":""}]}""", "attachments[0].contentType")]
    [InlineData("""{"from":"a@a.test","to":["b@b.test"],"attachments":[{"name":"x","content":"!"}]}""", "attachments[0].content")]
    [InlineData("""{"from":"a@a.test","to":["nobody"]}""", "to[0]")]
    [InlineData("""{"from":"a@a.test","to":["b@b.test"],"attachments":[{"name":"a","content":"U\ud83d"}]}""", "attachments[0].content")]
    [InlineData("""{"from":"a@a.test","to":["b@b.test",""]}""", "to[1]")]
    [InlineData("""{"to":["b@b.test"]}""", "from")]
    [InlineData("""{"from":"a@a.test"}""", "to")]
    [InlineData("""{"from":"a@a.test","to":["b@b.test"],"subjekt":"x"}""", "subjekt")]
    [InlineData("""{"from":1}""", "from")]
    [InlineData("[]", "$")]
    [InlineData("null", "$")]
    [InlineData("{", "$")]
    public async Task A_field_that_is_wrong_is_named(string json, string field)
    {
        await using var host = await StartAsync();
        using var http = new HttpClient { BaseAddress = host.Http };
        using var response = await http.PostAsync("/messages", new StringContent(json, Encoding.UTF8, "application/json"));
        Assert.Equal(HttpStatusCode.BadRequest, response.StatusCode);
        Assert.Equal("application/problem+json", response.Content.Headers.ContentType?.MediaType);
        Assert.Equal(field, Assert.Single((await BodyAsync(response)).GetProperty("errors").EnumerateObject()).Name);
        Assert.Empty(await host.QueuedAsync());
    }

    [Theory]
    [InlineData("/messages", "Subject: x\r\n\r\n", 400)]
    [InlineData("/messages?sender=a@a.test", "Subject: x\r\n\r\n", 400)]
    [InlineData("/messages?sender=a@a.test&recipient=b%0d%0a@b.test", "Subject: x\r\n\r\n", 400)]
    [InlineData("/messages?sender=a@a.test%00&recipient=b@b.test", "Subject: x\r\n\r\n", 400)]
    [InlineData("/messages?sender=a@a.test&recipient=b@" + Long, "Subject: x\r\n\r\n", 400)]
    [InlineData("/messages?sender=a@" + Long + "&recipient=b@b.test", "Subject: x\r\n\r\n", 400)]
    public async Task A_raw_message_that_is_wrong_is_refused(string path, string message, int status)
    {
        await using var host = await StartAsync();
        using var http = new HttpClient { BaseAddress = host.Http };
        using var response = await http.PostAsync(path, Raw(message));
        Assert.Equal(status, (int)response.StatusCode);
        Assert.NotEmpty((await BodyAsync(response)).GetProperty("errors").EnumerateObject());
        Assert.Empty(await host.QueuedAsync());
    }

    [Theory]
    [InlineData("Subject: x\n\n.\nbody\n", "Subject: x\r\n\r\n.\r\nbody\r\n")]
    [InlineData("Subject: x\r\n\r\nbody\r", "Subject: x\r\n\r\nbody\r\n")]
    [InlineData("Subject: x\r\rbody\n", "Subject: x\r\nbody\r\n")]
    [InlineData("\xef\xbb\xbfSubject: x\n\nbody\n", "\r\nSubject: x\r\n\r\nbody\r\n")]
    public async Task A_raw_message_gets_the_line_ends_of_mail_and_loses_its_byte_order_mark(string sent, string kept)
    {
        await using var host = await StartAsync();
        using var http = new HttpClient { BaseAddress = host.Http };
        using var response = await http.PostAsync(To, Raw(sent));
        Assert.Equal(HttpStatusCode.Accepted, response.StatusCode);
        Assert.EndsWith(kept, Assert.Single(await host.QueuedAsync()).Text, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Where_line_ends_are_not_normalised_a_raw_message_with_others_is_refused_in_words()
    {
        await using var host = await StartAsync(("Edge:Smtp:BareLineFeed", "Reject"));
        using var http = new HttpClient { BaseAddress = host.Http };
        using var response = await http.PostAsync(To, Raw("Subject: x\n\n"));
        Assert.Equal(HttpStatusCode.BadRequest, response.StatusCode);
        Assert.Contains("Bare CR or LF in message; end lines with CRLF", (await BodyAsync(response)).GetProperty("errors").GetProperty("body")[0].GetString(), StringComparison.Ordinal);
        Assert.Empty(await host.QueuedAsync());
    }

    [Fact]
    public async Task A_recipient_that_is_named_twice_is_one()
    {
        await using var host = await StartAsync();
        using var http = new HttpClient { BaseAddress = host.Http };
        using var raw = await http.PostAsync(To + "&recipient=b@B.test&recipient=B@b.test&recipient=b@xn--bcher-kva.test&recipient=b@BÜCHER.test", Raw("\r\n"));
        using var json = await http.PostAsync("/messages", new StringContent("""{"from":"a@a.test","to":["x@x.test","X@x.test"],"cc":["x@X.test"]}""", null, "application/json"));
        Assert.Equal((HttpStatusCode.Accepted, HttpStatusCode.Accepted), (raw.StatusCode, json.StatusCode));
        Assert.Equal([2, 3], (await host.QueuedAsync()).Select(queued => queued.Message.Envelope.Recipients.Count).Order());
    }

    [Fact]
    public async Task Too_large_is_413_and_another_type_415()
    {
        await using var host = await StartAsync(("Edge:Smtp:Limits:MaxMessageBytes", "2000"), ("Edge:Http:MaxJsonBytes", "2000"));
        using var http = new HttpClient { BaseAddress = host.Http };
        using var raw = await http.PostAsync(To, Raw(new string('x', 3000)));
        using var json = await http.PostAsync("/messages", new StringContent(new string(' ', 3000), null, "application/json"));
        using var text = await http.PostAsync(To, new StringContent("x"));
        Assert.Contains("Send application/json; POST /messages also takes message/rfc822.", await text.Content.ReadAsStringAsync(), StringComparison.Ordinal);
        Assert.Equal((413, 413, 415), ((int)raw.StatusCode, (int)json.StatusCode, (int)text.StatusCode));
        Assert.Empty(await host.QueuedAsync());
    }

    [Fact]
    public async Task An_API_key_is_wanted_unless_the_client_is_local()
    {
        var hash = Convert.ToHexString(SHA256.HashData("k3y"u8));
        await using var host = await StartAsync(("Edge:Http:TrustLoopback", "false"), ("Edge:Http:ApiKeys:shop", hash));
        using var http = new HttpClient { BaseAddress = host.Http };
        using var without = await http.PostAsync(To, Raw("\r\n"));
        http.DefaultRequestHeaders.Authorization = new AuthenticationHeaderValue("Bearer", "wrong");
        using var wrong = await http.PostAsync(To, Raw("\r\n"));
        http.DefaultRequestHeaders.Authorization = new AuthenticationHeaderValue("Bearer", "k3y");
        using var right = await http.PostAsync(To, Raw("\r\n"));
        Assert.Equal((401, 401, 202), ((int)without.StatusCode, (int)wrong.StatusCode, (int)right.StatusCode));
        Assert.Equal("shop", Assert.Single(await host.QueuedAsync()).Message.Envelope.Client.AuthenticatedAs);
    }

    [Fact]
    public async Task Python_slimtas_relay_can_hand_over()
    {
        await using var host = await StartAsync();
        using var http = new HttpClient { BaseAddress = host.Http };
        using var request = new HttpRequestMessage(HttpMethod.Post, "/messages") { Content = Raw("Subject: x\r\n\r\nbody\r\n") };
        request.Headers.Add("X-Ehlo", "relay.test");
        request.Headers.Add("X-Envelope-Sender", Convert.ToBase64String("a@a.test"u8));
        request.Headers.Add("X-Envelope-Recipient", [Convert.ToBase64String("b@b.test"u8), Convert.ToBase64String("ü@c.test"u8)]);
        using var response = await http.SendAsync(request);
        var message = Assert.Single(await host.QueuedAsync()).Message;
        Assert.Equal(HttpStatusCode.NoContent, response.StatusCode);
        Assert.Equal($"250; message=\"2.6.0 {message.Id} queued\"", Assert.Single(response.Headers.GetValues("X-Smtp-Reply")));
        Assert.True(response.Headers.ConnectionClose);
        Assert.Equal(("a@a.test", "relay.test"), (message.Envelope.Sender, message.Envelope.Client.HeloName));
        Assert.Equal(["b@b.test", "ü@c.test"], message.Envelope.Recipients.Select(r => r.Address));
        Assert.True(message.Envelope.Parameters.ContainsKey("SMTPUTF8"));
    }

    [Theory]
    [InlineData("a@a.test\r\nX: y", "b@b.test")]
    [InlineData("a@a.test", "b@b.test\r\nBcc: c@c.test")]
    [InlineData("a@a.test\0", "b@b.test")]
    [InlineData("a@a.test", "b\n@b.test")]
    public async Task Python_slimtas_relay_cannot_hand_over_line_ends_in_an_address(string sender, string recipient)
    {
        await using var host = await StartAsync();
        using var http = new HttpClient { BaseAddress = host.Http };
        using var request = new HttpRequestMessage(HttpMethod.Post, "/messages") { Content = Raw("Subject: x\r\n\r\nbody\r\n") };
        request.Headers.Add("X-Ehlo", "relay.test");
        request.Headers.Add("X-Envelope-Sender", Convert.ToBase64String(Encoding.UTF8.GetBytes(sender)));
        request.Headers.Add("X-Envelope-Recipient", Convert.ToBase64String(Encoding.UTF8.GetBytes(recipient)));
        using var response = await http.SendAsync(request);
        Assert.StartsWith("550; message=\"5.1.3 ", Assert.Single(response.Headers.GetValues("X-Smtp-Reply")), StringComparison.Ordinal);
        Assert.Empty(await host.QueuedAsync());
    }

    [Fact]
    public async Task The_API_describes_itself()
    {
        await using var host = await StartAsync();
        using var http = new HttpClient { BaseAddress = host.Http };
        var document = await http.GetFromJsonAsync<JsonElement>("/openapi/v1.json");
        var post = document.GetProperty("paths").GetProperty("/messages").GetProperty("post");
        Assert.True(post.GetProperty("requestBody").GetProperty("content").TryGetProperty("application/json", out _));
        Assert.True(post.GetProperty("requestBody").GetProperty("content").TryGetProperty("message/rfc822", out _));
        Assert.True(post.GetProperty("responses").TryGetProperty("503", out _));
    }
}
