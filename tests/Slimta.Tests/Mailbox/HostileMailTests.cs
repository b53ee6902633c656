using System.Net;
using System.Text;
using System.Text.RegularExpressions;
using MimeKit;

namespace Slimta.Tests.Mailbox;

/// <summary>Mail that wants to run, to call home, or to cost more than it is.</summary>
public sealed class HostileMailTests(MailboxSite site) : IClassFixture<MailboxSite>
{
    private const string Pixel = "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg==";

    [Theory]
    [InlineData("<script>evil()</script>")]
    [InlineData("<SCRIPT SRC=//evil.test/x></SCRIPT>")]
    [InlineData("<img src=x onerror=evil()>")]
    [InlineData("<img src='https://evil.test/pixel.png' srcset='https://evil.test/2.png 2x'>")]
    [InlineData("<body onload='evil()' background='https://evil.test/b.png'>")]
    [InlineData("<a href='javascript:evil()'>x</a>")]
    [InlineData("<a href='&#106;avascript:evil()'>x</a>")]
    [InlineData("<a href=' java\nscript:evil()'>x</a>")]
    [InlineData("<a href='data:text/html,evil'>x</a>")]
    [InlineData("<a ping='https://evil.test/' name=x>x</a>")]
    [InlineData("<form action='https://evil.test/'><input name=evil><button formaction=//evil.test>x</button></form>")]
    [InlineData("<meta http-equiv=refresh content='0;url=https://evil.test/'>")]
    [InlineData("<base href='https://evil.test/'>")]
    [InlineData("<link rel=preconnect href='https://evil.test/'><link rel=stylesheet href=//evil.test/x.css>")]
    [InlineData("<iframe src='https://evil.test/'></iframe><iframe srcdoc='evil'></iframe>")]
    [InlineData("<object data='https://evil.test/'></object><embed src='https://evil.test/'>")]
    [InlineData("<svg onload='evil()'><script>evil()</script><image href='https://evil.test/'/></svg>")]
    [InlineData("<svg><style><img src=x onerror=evil()></style></svg>")]
    [InlineData("<math><mtext><script>evil()</script></mtext></math>")]
    [InlineData("<video src='https://evil.test/' poster='https://evil.test/'></video>")]
    [InlineData("<!--><script>evil()</script>-->")]
    [InlineData("<![CDATA[<script>evil()</script>]]>")]
    [InlineData("<template><script>evil()</script></template>")]
    [InlineData("<title><script>evil()</script></title>")]
    [InlineData("<img src='data:text/html,evil'><img src='data:image/pngx,evil'>")]
    public async Task What_would_run_or_call_home_is_not_in_the_frame(string html) =>
        Assert.DoesNotContain("evil", await site.FrameAsync(site.AddHtml($"<p>{html}</p>")), StringComparison.Ordinal);

    [Fact]
    public async Task What_a_message_looks_like_stays()
    {
        var frame = await site.FrameAsync(site.AddHtml("""
            <!DOCTYPE html><html lang="en"><head><style><!-- p > b { color: red } --></style></head><body bgcolor="#eee">
            <table width="600" cellpadding=0><tr><td style="color:blue">1 &lt; 2 &amp; 3<br></td></tr></table>
            <a href="https://shop.example/order?a=1&amp;b=2">Track</a> <a href="#end">down</a><o:p>kept</o:p></body></html>
            """));
        Assert.StartsWith("<!doctype html><style>", frame, StringComparison.Ordinal);
        Assert.Contains("""<html lang="en">""", frame, StringComparison.Ordinal);
        Assert.Contains("p > b { color: red }", frame, StringComparison.Ordinal);
        Assert.Contains("""<body bgcolor="#eee">""", frame, StringComparison.Ordinal);
        Assert.Contains("""<td style="color:blue">1 &lt; 2 &amp; 3<br></td>""", frame, StringComparison.Ordinal);
        // A link opens a tab that does not know where it came from.
        Assert.Contains("""<a href="https://shop.example/order?a=1&amp;b=2" target="_blank" rel="noopener noreferrer">Track</a>""", frame, StringComparison.Ordinal);
        Assert.Contains("""<a href="#end">down</a>kept""", frame, StringComparison.Ordinal);
    }

    [Fact]
    public async Task However_markup_is_broken_only_known_tags_come_out()
    {
        string[] pieces = ["<", ">", "</", "/>", "<!--", "-->", "<![CDATA[", "]]>", "<style>", "</style>", "<style", "<svg>", "</svg>", "<script>", "</script>", "<title>", "</title>", "<textarea>", "<noscript>", "<plaintext>", "<xmp>", "<p>", "<a href=", "\"", "'", "=", " ", "x", "\0", "\n", "&lt;", "&#60;", "<link rel=preconnect href=//e>", "<img src=//e onerror=e>", "<iframe>", "<?", "<!x>"];
        var random = new Random(7);
        for (var i = 0; i < 3000; i++)
        {
            var html = string.Concat(Enumerable.Range(0, random.Next(1, 25)).Select(_ => pieces[random.Next(pieces.Length)]));
            var written = Slimta.Mailbox.Reading.SafeHtml.Write(html, new([], default));
            Assert.All(Regex.Matches(written, "<(?=[A-Za-z/!?])[^>]*>?", RegexOptions.None, TimeSpan.FromSeconds(10)), tag =>
                Assert.Matches("""^(<!doctype html>|</?(style|p)>|<img>|<a(| href="[^"]*"( target="_blank" rel="noopener noreferrer")?)>|</a>)$""", tag.Value));
        }
        await Task.CompletedTask;
    }

    [Fact]
    public async Task An_image_of_the_message_is_in_the_frame_itself()
    {
        var html = new TextPart("html") { Text = """<img src="cid:logo@shop"><img src="CID:logo%40shop"><td background="cid:logo@shop"><img src="cid:page"><img src="cid:none">""" };
        var logo = new MimePart("image", "png") { ContentId = "logo@shop", Content = new MimeContent(new MemoryStream(Convert.FromBase64String(Pixel))), ContentTransferEncoding = ContentEncoding.Base64 };
        var page = new MimePart("text", "html") { ContentId = "page", Content = new MimeContent(new MemoryStream("<p>"u8.ToArray())) };
        var frame = await site.FrameAsync(site.Add(new MultipartRelated { html, logo, page }));
        Assert.EndsWith($"""<img src="data:image/png;base64,{Pixel}"><img src="data:image/png;base64,{Pixel}"><td background="data:image/png;base64,{Pixel}"><img><img>""", frame.TrimEnd(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task An_image_that_is_named_ten_thousand_times_fills_no_memory()
    {
        var html = new TextPart("html") { Text = string.Concat(Enumerable.Repeat("<img src='cid:big'>", 10_000)) };
        var big = new MimePart("image", "png") { ContentId = "big", Content = new MimeContent(new MemoryStream(new byte[3_000_000])), ContentTransferEncoding = ContentEncoding.Base64 };
        var id = site.Add(new MultipartRelated { html, big });
        var frame = await site.FrameAsync(id);
        site.Store.Remove(id);
        Assert.InRange(frame.Length, 4_000_000, 20_000_000);
    }

    public static TheoryData<string, string> Bombs => new()
    {
        { "a hundred thousand levels", "MIME-Version: 1.0\n" + string.Concat(Enumerable.Range(0, 20_000).Select(i => $"Content-Type: multipart/mixed; boundary=b{i}\n\n--b{i}\n")) },
        { "messages in messages", string.Concat(Enumerable.Repeat("MIME-Version: 1.0\nContent-Type: message/rfc822\n\n", 5_000)) },
        { "twenty thousand parts", "MIME-Version: 1.0\nContent-Type: multipart/mixed; boundary=b\n\n" + string.Concat(Enumerable.Repeat("--b\n\nx\n", 20_000)) },
        { "fields without end", string.Concat(Enumerable.Range(0, 50_000).Select(i => $"X-{i}: y\n")) + "\nx" },
        { "one field of a million characters", $"Subject: {new string('x', 1_000_000)}\n\nx" },
        { "a field of encoded words", $"Subject: {string.Concat(Enumerable.Repeat(" =?utf-8?Q?a?=", 4_000))}\n\nx" },
        { "a parameter in a thousand pieces", $"Content-Type: text/html{string.Concat(Enumerable.Range(0, 3_000).Select(i => $"; name*{i}=x"))}\n\n<p>" },
        { "nothing", "" },
        { "no header", "\n\n\n" },
        { "zeros", new string('\0', 10_000) },
        { "a boundary that never comes", "Content-Type: multipart/alternative; boundary=none\n\n--other\n" },
        { "a boundary of nothing", "Content-Type: multipart/mixed; boundary=\"\"\n\n--\n--\n" },
        { "a charset that is none", "Content-Type: text/html; charset=\"utf-7\"\n\n+ADw-script+AD4-" },
        { "a charset from nowhere", "Content-Type: text/plain; charset=\"x'\\\"><b>\"\n\nx" },
        { "base64 that is none", "Content-Type: text/html\nContent-Transfer-Encoding: base64\n\n!!!!=====<p>" },
        { "an encoding that is none", "Content-Type: text/html\nContent-Transfer-Encoding: none-such\n\n<p>" },
        { "uuencode that is none", "Content-Type: application/x; name=a\nContent-Transfer-Encoding: x-uuencode\n\nbegin 644 ../a\n\xff\xff\n" },
        { "deep HTML", $"Content-Type: text/html\n\n{string.Concat(Enumerable.Repeat("<div>\n", 200_000))}" },
        { "a tag with many attributes", $"Content-Type: text/html\n\n<p {string.Concat(Enumerable.Range(0, 100_000).Select(i => $"a{i}=1\n"))}>" },
        { "an open comment", $"Content-Type: text/html\n\n{string.Concat(Enumerable.Repeat("<!--\n", 200_000))}" },
    };

    [Theory]
    [MemberData(nameof(Bombs))]
    public async Task Whatever_a_message_is_every_question_about_it_is_answered(string name, string content)
    {
        var id = site.Add(Encoding.Latin1.GetBytes(content), "bomb@example.org");
        var message = await site.MessageAsync(id);
        Assert.Equal(content.Length, message.GetProperty("size").GetInt32());
        foreach (var path in message.GetProperty("attachments").EnumerateArray().Take(3).Select(part => $"messages/{id}/parts/{part.GetProperty("index")}")
            .Append($"messages/{id}/content").Append("messages").Append("messages?search=no-such-word-anywhere"))
        {
            using var answer = await site.Http.GetAsync(path);
            Assert.True(answer.StatusCode == HttpStatusCode.OK, $"{name}: {path}: {answer.StatusCode}");
        }
        if (message.TryGetProperty("frame", out var frame))
            Assert.InRange((await site.Http.GetStringAsync(frame.GetString())).Length, 0, 30_000_000);
        Assert.Contains(id, await site.FindAsync("bomb@example.org"));
        site.Store.Remove(id);
    }

    [Theory]
    [InlineData(0, "It has no header, or more parts")]
    [InlineData(2, "It has no header, or more parts")]
    public async Task What_costs_too_much_is_shown_as_its_source(int bomb, string problem)
    {
        var id = site.Add(Encoding.Latin1.GetBytes((string)Bombs.ElementAt(bomb)[1]));
        var message = await site.MessageAsync(id);
        Assert.StartsWith(problem, message.GetProperty("problem").GetString(), StringComparison.Ordinal);
        Assert.False(message.TryGetProperty("frame", out _));
        Assert.NotEmpty(message.GetProperty("headers").EnumerateArray());
    }

    [Fact]
    public async Task A_text_without_end_is_shown_as_far_as_a_page_can_show_it()
    {
        var id = site.Add($"Subject: long\n\n{string.Concat(Enumerable.Repeat("words and words\n", 100_000))}");
        var message = await site.MessageAsync(id);
        Assert.True(message.GetProperty("moreText").GetBoolean());
        Assert.Equal(512 * 1024, message.GetProperty("text").GetString()!.Length);
        site.Store.Remove(id);
    }

    [Fact]
    public async Task What_is_listed_turns_no_text_around_and_is_one_line()
    {
        var id = site.Add("From: =?utf-8?Q?a=E2=80=AEb?= <a@a.test>\nSubject: =?utf-8?Q?one=0D=0Atwo=E2=80=AE?=\n\nx", "b\u2066@b.test");
        var line = (await site.GetAsync("messages?limit=1")).GetProperty("messages")[0];
        Assert.Equal((id, "onetwo?", "b?@b.test"), (line.GetProperty("id").GetString(), line.GetProperty("subject").GetString(), line.GetProperty("recipients")[0].GetString()));
        Assert.StartsWith("a?b <", line.GetProperty("from").GetString(), StringComparison.Ordinal);
    }
}
