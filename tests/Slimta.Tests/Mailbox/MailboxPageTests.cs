using System.Net;
using System.Security.Cryptography;
using System.Text;
using MimeKit;

namespace Slimta.Tests.Mailbox;

/// <summary>What the mailbox tells its page, and programs.</summary>
public sealed class MailboxPageTests(MailboxSite site) : IClassFixture<MailboxSite>
{
    [Fact]
    public async Task The_newest_is_listed_first_a_page_at_a_time()
    {
        var ids = Enumerable.Range(0, 5).Select(i => site.Add($"Subject: paged {i}\n\nx")).Reverse().ToList();
        var listed = new List<string>();
        string? before = null;
        do
        {
            var page = await site.GetAsync($"messages?search=paged&limit=2{before}");
            listed.AddRange(page.GetProperty("messages").EnumerateArray().Select(message => message.GetProperty("id").GetString()!));
            before = page.TryGetProperty("before", out var next) ? $"&before={next}" : null;
            // What arrives meanwhile moves nothing.
            site.Add("Subject: later\n\nx");
        } while (before is not null);
        Assert.Equal(ids, listed);
    }

    [Theory]
    [InlineData("needle-subject")]
    [InlineData("NEEDLE-subject")]
    [InlineData("needle-from@example.com")]
    [InlineData("needle-to@example.org")]
    [InlineData("needle-cc@example.org")]
    [InlineData("needle-rcpt@example.org")]
    [InlineData("needle-text")]
    [InlineData("näedle-words needle-subject")]
    [InlineData("\"stand together\"")]
    [InlineData("needle-name.pdf")]
    public async Task A_message_is_found_by_words_of_its_subject_addresses_text_and_attachments(string search)
    {
        var id = site.Add("""
            From: Jane <needle-from@example.com>
            To: needle-to@example.org
            Cc: needle-cc@example.org
            Subject: =?utf-8?Q?needle=2Dsubject?=
            MIME-Version: 1.0
            Content-Type: multipart/mixed; boundary=b

            --b
            Content-Type: text/plain; charset=utf-8
            Content-Transfer-Encoding: quoted-printable

            needle=2Dtext n=C3=A4edle-words that stand together
            --b
            Content-Type: application/pdf; name="needle-name.pdf"
            Content-Transfer-Encoding: base64

            AAAA
            --b--
            """, "needle-rcpt@example.org");
        Assert.Equal(id, Assert.Single(await site.FindAsync(search)));
        site.Store.Remove(id);
        Assert.Empty(await site.FindAsync(search));
    }

    [Fact]
    public async Task A_message_of_HTML_alone_is_found_by_what_it_says_and_not_by_its_markup()
    {
        var id = site.AddHtml("<style>.stylish{}</style><p class='marked'>quite&nbsp;<b>legible</b></p>");
        Assert.Equal([id], await site.FindAsync("quite legible"));
        Assert.Empty(await site.FindAsync("stylish"));
        Assert.Empty(await site.FindAsync("marked"));
    }

    [Theory]
    [InlineData("messages?limit=0", "limit")]
    [InlineData("messages?limit=1001", "limit")]
    [InlineData("messages?limit=many", "limit")]
    [InlineData("messages?before=-1", "before")]
    [InlineData("messages?search={0}", "search")]
    public async Task A_question_that_cannot_be_read_is_answered_400_with_the_field(string path, string field)
    {
        using var answer = await site.Http.GetAsync(path.Replace("{0}", new string('x', 501), StringComparison.Ordinal));
        Assert.Equal(HttpStatusCode.BadRequest, answer.StatusCode);
        Assert.Contains($"\"{field}\"", await answer.Content.ReadAsStringAsync(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_message_shows_its_envelope_fields_text_and_attachments()
    {
        var pdf = RandomNumberGenerator.GetBytes(10_000);
        var builder = new BodyBuilder { TextBody = "It is on its way.", HtmlBody = "<p>It is on its way.</p>" };
        builder.Attachments.Add("invoice.pdf", pdf);
        var id = site.Add(builder.ToMessageBody());
        var message = await site.MessageAsync(id);
        Assert.Equal("shop@example.com you@example.org client.test ESMTP", string.Join(' ', message.GetProperty("sender"), message.GetProperty("recipients")[0], message.GetProperty("client"), message.GetProperty("protocol")));
        Assert.Equal("It is on its way.", message.GetProperty("text").GetString()!.TrimEnd());
        Assert.Contains(message.GetProperty("headers").EnumerateArray(), field =>
            field.GetProperty("name").GetString() == "From" && field.GetProperty("value").GetString() == "The shop <orders@example.com>");
        var attachment = Assert.Single(message.GetProperty("attachments").EnumerateArray());
        Assert.Equal(("invoice.pdf", "application/pdf", 10_000), (attachment.GetProperty("name").GetString(), attachment.GetProperty("type").GetString(), attachment.GetProperty("size").GetInt32()));
        Assert.Contains("<p>It is on its way.</p>", await site.FrameAsync(id), StringComparison.Ordinal);

        using var answer = await site.Http.GetAsync($"messages/{id}/parts/{attachment.GetProperty("index")}");
        Assert.Equal(pdf, await answer.Content.ReadAsByteArrayAsync());
        Assert.Equal("application/octet-stream", answer.Content.Headers.ContentType!.MediaType);
        Assert.Equal(("attachment", "invoice.pdf"), (answer.Content.Headers.ContentDisposition!.DispositionType, answer.Content.Headers.ContentDisposition.FileName));
        Assert.Equal("nosniff", answer.Headers.GetValues("X-Content-Type-Options").Single());
        Assert.Equal(site.Store.Find(id)!.Content.ToArray(), await site.Http.GetByteArrayAsync($"messages/{id}/content"));
    }

    [Theory]
    [InlineData("..\\..\\evil.exe", "evil.exe")]
    [InlineData("/etc/passwd", "passwd")]
    [InlineData("a\\\"b.txt", "a_b.txt")]
    [InlineData("%0d%0aSet-Cookie: a=b.txt", "%0d%0aSet-Cookie_ a=b.txt")]
    [InlineData("=?utf-8?Q?a=0D=0AX-Evil=3A_1.txt?=", "a__X-Evil_ 1.txt")]
    [InlineData("=?utf-8?B?4oCuZ25wLmV4ZQ==?=", "_gnp.exe")]
    [InlineData("...", "part-2.html")]
    [InlineData("", "part-2.html")]
    [InlineData("Grüße.txt", "Grüße.txt")]
    public async Task An_attachment_is_saved_under_a_name_that_is_one_file_s(string given, string saved)
    {
        var id = site.Add($"""
            Subject: names
            MIME-Version: 1.0
            Content-Type: multipart/mixed; boundary=b

            --b
            Content-Type: text/plain

            x
            --b
            Content-Type: text/html
            Content-Disposition: attachment; filename="{given}"

            <script>alert(1)</script>
            --b--
            """);
        var attachment = (await site.MessageAsync(id)).GetProperty("attachments")[0];
        Assert.Equal(saved, attachment.GetProperty("name").GetString());
        using var answer = await site.Http.GetAsync($"messages/{id}/parts/{attachment.GetProperty("index")}");
        Assert.Equal(HttpStatusCode.OK, answer.StatusCode);
        var disposition = answer.Content.Headers.ContentDisposition!;
        Assert.Equal(("attachment", saved), (disposition.DispositionType, disposition.FileNameStar ?? disposition.FileName!.Trim('"')));
        Assert.False(answer.Headers.Contains("X-Evil") || answer.Headers.Contains("Set-Cookie"));
        Assert.Equal("application/octet-stream", answer.Content.Headers.ContentType!.MediaType);
    }

    [Theory]
    [InlineData("; charset=iso-8859-1", "Gr\u00fc\u00dfe", "Grüße")]
    [InlineData("", "Gr\u00fc\u00dfe", "Grüße")]
    [InlineData("", "Gr\u00c3\u00bc\u00c3\u009fe", "Grüße")]
    [InlineData("; charset=none-such", "Gr\u00c3\u00bc\u00c3\u009fe", "Grüße")]
    public async Task Text_is_read_in_its_charset_or_in_the_one_that_it_is_in(string charset, string bytes, string text)
    {
        var id = site.Add(Encoding.Latin1.GetBytes($"Subject: charset\r\nContent-Type: text/plain{charset}\r\n\r\n{bytes}"));
        Assert.Equal(text, (await site.MessageAsync(id)).GetProperty("text").GetString());
        site.Store.Remove(id);
    }

    [Fact]
    public async Task A_message_in_a_message_is_an_attachment()
    {
        using var inner = new MimeMessage { Subject = "within", Body = new TextPart { Text = "inner words" } };
        var id = site.Add(new Multipart("mixed") { new TextPart { Text = "see below" }, new MessagePart { Message = inner } });
        var attachment = Assert.Single((await site.MessageAsync(id)).GetProperty("attachments").EnumerateArray());
        Assert.Equal("part-2.eml", attachment.GetProperty("name").GetString());
        var bytes = await site.Http.GetByteArrayAsync($"messages/{id}/parts/{attachment.GetProperty("index")}");
        Assert.Equal(attachment.GetProperty("size").GetInt32(), bytes.Length);
        Assert.Contains("inner words", Encoding.UTF8.GetString(bytes), StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_message_is_marked_as_read_and_deleted_and_each_change_is_seen()
    {
        async Task<long> VersionAsync() => (await site.GetAsync("version")).GetProperty("version").GetInt64();
        async Task<bool> IsReadAsync() => (await site.GetAsync("messages?search=marked-once")).GetProperty("messages")[0].GetProperty("read").GetBoolean();
        var id = site.Add("Subject: marked-once\n\nx");
        var seen = await VersionAsync();
        Assert.False(await IsReadAsync());
        await site.MessageAsync(id);
        Assert.False(await IsReadAsync());
        using (var read = await site.Http.PostAsync($"messages/{id}/read", null))
            Assert.Equal(HttpStatusCode.OK, read.StatusCode);
        Assert.True(await IsReadAsync());
        Assert.NotEqual(seen, seen = await VersionAsync());
        using (var deleted = await site.Http.DeleteAsync($"messages/{id}"))
            Assert.Equal("{\"removed\":1}", await deleted.Content.ReadAsStringAsync());
        Assert.NotEqual(seen, await VersionAsync());
        foreach (var path in new[] { "", "/content", "/parts/0" })
        {
            using var gone = await site.Http.GetAsync($"messages/{id}{path}");
            Assert.Equal((HttpStatusCode.NotFound, "application/problem+json"), (gone.StatusCode, gone.Content.Headers.ContentType!.MediaType));
        }
        using (var again = await site.Http.DeleteAsync($"messages/{id}"))
            Assert.Equal(HttpStatusCode.NotFound, again.StatusCode);
    }

    [Fact]
    public async Task All_are_deleted_at_once()
    {
        var own = new MailboxSite();
        await own.StartAsync();
        own.Add("Subject: 1\n\nx");
        own.Add("Subject: 2\n\nx");
        using (var deleted = await own.Http.DeleteAsync("messages"))
            Assert.Equal("{\"removed\":2}", await deleted.Content.ReadAsStringAsync());
        var list = await own.GetAsync("messages");
        Assert.Equal((0, 2, 0), (list.GetProperty("count").GetInt32(), list.GetProperty("total").GetInt32(), list.GetProperty("unread").GetInt32()));
        await own.DisposeAsync();
    }
}
