using System.Net;
using System.Net.Http.Headers;

namespace Slimta.EndToEnd;

/// <summary>The first command: everything in one process, on the embedded Garnet.</summary>
public sealed class OneProcessTests : IDisposable
{
    private readonly DirectoryInfo _folder = Directory.CreateTempSubdirectory("slimta-standalone-");

    public void Dispose() => _folder.Delete(recursive: true);

    private Task<StandaloneProcess> StartAsync(params (string Key, string Value)[] settings) =>
        StandaloneProcess.StartAsync("", new(settings.Select(s => KeyValuePair.Create(s.Key, s.Value))) { ["Garnet:Folder"] = _folder.FullName });

    [Fact]
    public async Task A_message_by_SMTP_and_one_by_HTTP_are_seen_delivered_with_their_replies_and_traces()
    {
        await using var standalone = await StartAsync();
        await standalone.SendAsync("by SMTP");
        using var message = new StringContent(
            """{ "from": "me@example.com", "to": ["you@example.net"], "subject": "by HTTP", "text": "It works." }""", new MediaTypeHeaderValue("application/json"));
        using var accepted = await standalone.Http.PostAsync("/messages", message);
        Assert.Equal(HttpStatusCode.Accepted, accepted.StatusCode);
        await standalone.MailboxHasAsync("by SMTP", "by HTTP");
        var deliveries = await standalone.DeliveriesAsync(2);
        Assert.All(deliveries, delivery =>
        {
            Assert.StartsWith("250 2.0.0 Kept as ", delivery.GetProperty("reply").GetString(), StringComparison.Ordinal);
            Assert.Equal(32, delivery.GetProperty("traceId").GetString()!.Length);
        });
    }

    [Fact]
    public async Task What_is_shown_of_a_delivery_turns_no_text_around()
    {
        await using var standalone = await StartAsync();
        using (var client = new System.Net.Sockets.TcpClient())
        {
            await client.ConnectAsync("127.0.0.1", standalone.SmtpPort);
            await client.GetStream().WriteAsync(System.Text.Encoding.UTF8.GetBytes(
                "EHLO c.test\r\nMAIL FROM:<a\u202e@a.test> SMTPUTF8\r\nRCPT TO:<b\u2066@b.test>\r\nDATA\r\nSubject: s\u202e\r\n\r\nx\r\n.\r\nQUIT\r\n"));
            using var reader = new StreamReader(client.GetStream());
            Assert.Contains("\n250 2.6.0 ", await reader.ReadToEndAsync(), StringComparison.Ordinal);
        }
        var delivery = (await standalone.DeliveriesAsync(1))[0];
        Assert.Equal(("a?@a.test", "b?@b.test"), (delivery.GetProperty("sender").GetString(), delivery.GetProperty("recipient").GetString()));
        var kept = (await standalone.StatusAsync()).GetProperty("mailbox").GetProperty("messages")[0];
        Assert.Equal(("a?@a.test", "b?@b.test", "s?"), (kept.GetProperty("sender").GetString(), kept.GetProperty("recipients").GetString(), kept.GetProperty("subject").GetString()));
    }

    [Fact]
    public async Task What_was_accepted_and_not_delivered_when_it_was_killed_arrives_after_the_next_start()
    {
        // No server listens where it is to be delivered.
        await using (var first = await StartAsync(("Relay:Smarthost", "127.0.0.1:1")))
        {
            await first.SendAsync("before the kill");
            await first.KillAsync();
        }
        await using var second = await StartAsync(("Storage:Lease", "00:00:01"));
        // The first attempt may have failed before the kill: an operator does not wait for the next.
        using var retried = await second.Http.PostAsync("/operator/retry-all", null);
        Assert.Equal(HttpStatusCode.OK, retried.StatusCode);
        while (!(await second.StatusAsync()).GetProperty("mailbox").GetProperty("messages").EnumerateArray().Any())
        {
            using var again = await second.Http.PostAsync("/operator/retry-all", null);
            // Another process, which can only be asked.
            await Task.Delay(TimeSpan.FromMilliseconds(100), TimeProvider.System);
        }
        Assert.Equal(["before the kill"], await second.MailboxHasAsync("before the kill"));
    }

    [Fact]
    public async Task Ctrl_C_ends_it_well()
    {
        await using var standalone = await StartAsync();
        await standalone.SendAsync("the last");
        await standalone.DeliveriesAsync(1);
        Assert.Equal(0, await standalone.InterruptAsync());
        Assert.DoesNotContain("Exception", standalone.Said, StringComparison.Ordinal);
        // The relay's connection to the mailbox is idle then, and says goodbye.
        Assert.DoesNotContain("cut off", standalone.Said, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_queue_that_is_full_says_452_and_health_stays_good()
    {
        await using var standalone = await StartAsync(("Storage:MaxMessages", "1"), ("Relay:Smarthost", "127.0.0.1:1"));
        await standalone.SendAsync("one");
        var refused = await Assert.ThrowsAsync<MailKit.Net.Smtp.SmtpCommandException>(() => standalone.SendAsync("two"));
        Assert.Equal((452, "4.3.1"), ((int)refused.StatusCode, refused.Message[..5]));
        await standalone.HealthIsAsync("Healthy");
    }

    [Fact]
    public async Task A_disk_that_is_full_says_452_and_is_seen_in_the_log_and_in_health()
    {
        await using var standalone = await StartAsync(("Garnet:MinFreeBytes", $"{1L << 50}"));
        var refused = await Assert.ThrowsAsync<MailKit.Net.Smtp.SmtpCommandException>(() => standalone.SendAsync("no room"));
        Assert.Equal((452, "4.3.1"), ((int)refused.StatusCode, refused.Message[..5]));
        await standalone.SaysAsync("crit: Slimta.Standalone.GarnetGuard");
        using var health = await standalone.Http.GetAsync("/health");
        Assert.Equal(HttpStatusCode.ServiceUnavailable, health.StatusCode);
    }

    [Fact]
    public async Task A_message_is_shown_as_text_only()
    {
        await using var standalone = await StartAsync();
        await standalone.SendAsync("<script>alert(1)</script>");
        await standalone.MailboxHasAsync("<script>alert(1)</script>");
        var id = (await standalone.StatusAsync()).GetProperty("mailbox").GetProperty("messages")[0].GetProperty("id").GetString();
        using var content = await standalone.Http.GetAsync($"/mailbox/messages/{id}/content");
        Assert.Equal(("message/rfc822", "attachment"), (content.Content.Headers.ContentType!.MediaType, content.Content.Headers.ContentDisposition!.DispositionType));
        Assert.Equal("nosniff", content.Headers.GetValues("X-Content-Type-Options").Single());
        using var page = await standalone.Http.GetAsync("/");
        Assert.StartsWith("default-src 'none'; script-src 'self';", page.Headers.GetValues("Content-Security-Policy").Single(), StringComparison.Ordinal);
        Assert.DoesNotContain("innerHTML", await standalone.Http.GetStringAsync("/status.js"), StringComparison.Ordinal);
    }
}
