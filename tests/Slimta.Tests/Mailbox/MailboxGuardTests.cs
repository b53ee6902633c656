using System.Net;
using System.Security.Cryptography;

namespace Slimta.Tests.Mailbox;

/// <summary>Who may read the mailbox: programs of this machine and its own page, and who has a key.</summary>
public sealed class MailboxGuardTests(MailboxSite site) : IClassFixture<MailboxSite>
{
    private static async Task<HttpStatusCode> AskAsync(MailboxSite site, string method, string path, string? field = null, string? value = null)
    {
        using var request = new HttpRequestMessage(new(method), path);
        if (field is not null)
            request.Headers.TryAddWithoutValidation(field, value);
        using var answer = await site.Http.SendAsync(request);
        return answer.StatusCode;
    }

    public static TheoryData<string, string> Routes => new()
    {
        { "GET", "" }, { "GET", "mailbox.js" }, { "GET", "version" }, { "GET", "messages" }, { "DELETE", "messages" }, { "GET", "messages/{id}" },
        { "DELETE", "messages/{id}" }, { "POST", "messages/{id}/read" }, { "GET", "messages/{id}/content" }, { "GET", "messages/{id}/parts/0" }, { "GET", "{frame}" },
    };

    [Theory]
    [MemberData(nameof(Routes))]
    public async Task A_page_of_another_site_gets_at_no_route(string method, string path)
    {
        var id = site.AddHtml("<p>secret</p>");
        var frame = (await site.MessageAsync(id)).GetProperty("frame").GetString();
        path = path.Replace("{id}", id, StringComparison.Ordinal).Replace("{frame}", frame, StringComparison.Ordinal);
        // A name that was made to mean this machine (DNS rebinding), and pages of other sites.
        Assert.Equal(HttpStatusCode.Forbidden, await AskAsync(site, method, path, "Host", "rebound.example.com"));
        Assert.Equal(HttpStatusCode.Forbidden, await AskAsync(site, method, path, "Origin", "https://example.com"));
        Assert.Equal(HttpStatusCode.Forbidden, await AskAsync(site, method, path, "Origin", "null"));
        Assert.Equal(HttpStatusCode.Forbidden, await AskAsync(site, method, path, "Sec-Fetch-Site", "cross-site"));
        Assert.NotNull(site.Store.Find(id));
        Assert.Equal(HttpStatusCode.OK, await AskAsync(site, method, path, "Sec-Fetch-Site", "same-origin"));
    }

    [Fact]
    public async Task Without_a_key_a_client_elsewhere_gets_the_empty_page_and_no_mail()
    {
        var guarded = new MailboxSite();
        await guarded.StartAsync(("Edge:Http:TrustLoopback", "false"), ("Edge:Http:ApiKeys:shop", Convert.ToHexString(SHA256.HashData("k3y"u8))));
        var id = guarded.AddHtml("<p>secret</p>");
        Assert.Equal(HttpStatusCode.OK, await AskAsync(guarded, "GET", ""));
        Assert.Equal(HttpStatusCode.OK, await AskAsync(guarded, "GET", "mailbox.js"));
        foreach (var (method, path) in new[] { ("GET", "version"), ("GET", "messages"), ("DELETE", "messages"), ("GET", $"messages/{id}"), ("DELETE", $"messages/{id}"), ("POST", $"messages/{id}/read"), ("GET", $"messages/{id}/content"), ("GET", $"messages/{id}/parts/0") })
            Assert.Equal(HttpStatusCode.Unauthorized, await AskAsync(guarded, method, path));
        Assert.Equal(HttpStatusCode.Unauthorized, await AskAsync(guarded, "GET", "messages", "X-Api-Key", "a guess"));
        // A frame cannot send a key: its address has one, which only who may read the message is told.
        Assert.Equal(HttpStatusCode.NotFound, await AskAsync(guarded, "GET", $"frames/{id}/{new string('0', 32)}"));
        Assert.Equal(HttpStatusCode.NotFound, await AskAsync(guarded, "GET", $"frames/{id}/x"));
        guarded.Http.DefaultRequestHeaders.Authorization = new("Bearer", "k3y");
        var frame = (await guarded.MessageAsync(id)).GetProperty("frame").GetString()!;
        guarded.Http.DefaultRequestHeaders.Authorization = null;
        Assert.Contains("<p>secret</p>", await guarded.Http.GetStringAsync(frame), StringComparison.Ordinal);
        await guarded.DisposeAsync();
    }

    [Fact]
    public async Task The_page_allows_nothing_from_elsewhere_and_the_frame_nothing_at_all()
    {
        using var page = await site.Http.GetAsync("");
        Assert.Equal("text/html", page.Content.Headers.ContentType!.MediaType);
        Assert.StartsWith("default-src 'none'; script-src 'self'; style-src 'self'; connect-src 'self'; frame-src 'self';", page.Headers.GetValues("Content-Security-Policy").Single(), StringComparison.Ordinal);
        using var frame = await site.Http.GetAsync((await site.MessageAsync(site.AddHtml("<p>x</p>"))).GetProperty("frame").GetString());
        var policy = frame.Headers.GetValues("Content-Security-Policy").Single();
        Assert.StartsWith("default-src 'none'; img-src data:; style-src 'unsafe-inline';", policy, StringComparison.Ordinal);
        Assert.Contains("; sandbox ", policy, StringComparison.Ordinal);
        Assert.DoesNotContain("allow-scripts", policy, StringComparison.Ordinal);
        Assert.DoesNotContain("allow-same-origin", policy, StringComparison.Ordinal);
        Assert.Equal(("off", "no-store", "no-referrer"), (frame.Headers.GetValues("X-DNS-Prefetch-Control").Single(), frame.Headers.GetValues("Cache-Control").Single(), frame.Headers.GetValues("Referrer-Policy").Single()));
    }
}
