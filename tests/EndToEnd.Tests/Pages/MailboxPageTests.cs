using System.Net;
using System.Net.Sockets;
using MailKit.Net.Smtp;
using Microsoft.Playwright;
using MimeKit;
using static Microsoft.Playwright.Assertions;

namespace Slimta.EndToEnd.Pages;

/// <summary>The mailbox's page at /mailbox/, in a browser.</summary>
public sealed class MailboxPageTests(Browser browser) : IClassFixture<Browser>
{
    private const string Subject = "Order <b>7</b> & more";
    private const string Pixel = "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg==";

    [BrowserTheory]
    [InlineData(1280, ColorScheme.Light)]
    [InlineData(390, ColorScheme.Dark)]
    public async Task Mail_is_seen_as_it_arrives_and_read_in_each_way_and_deleted(int width, ColorScheme scheme)
    {
        await using var standalone = await StandaloneProcess.StartAsync("mailbox");
        var page = await browser.OpenAsync(Url(standalone), width, scheme);
        var screen = $"{width}-{scheme.ToString().ToLowerInvariant()}";
        await Expect(page.GetByText("No mail has arrived yet.")).ToBeVisibleAsync();

        // Nothing is pressed: it comes by itself.
        await SendAsync(standalone, Subject, new TextPart { Text = "It is on its way to <b>you</b>." });
        await SendAsync(standalone, "Another", Rich("<p>Words in HTML</p>"));
        var lines = page.Locator("#list li");
        await Expect(lines).ToHaveCountAsync(2);
        await Expect(page.Locator("#count")).ToHaveTextAsync("2 messages, 2 unread");
        await Browser.CheckAsync(page, $"mailbox-list-{screen}");

        await page.GetByRole(AriaRole.Searchbox).FillAsync("\"on its way\"");
        await Expect(lines).ToHaveCountAsync(1);
        await page.GetByRole(AriaRole.Searchbox).FillAsync("");
        await Expect(lines).ToHaveCountAsync(2);

        await lines.Last.ClickAsync();
        await Expect(page.GetByRole(AriaRole.Tab, new() { Name = "Text", Selected = true })).ToBeVisibleAsync();
        // What came from a message is text, also where it looks like markup.
        await Expect(page.Locator("pre")).ToContainTextAsync("It is on its way to <b>you</b>.");
        Assert.Equal(0, await page.Locator("main b").CountAsync());
        await Expect(page.Locator("#count")).ToHaveTextAsync("2 messages, 1 unread");
        await page.Locator("details.envelope summary").ClickAsync();
        await Expect(page.Locator("details.envelope")).ToContainTextAsync("[127.0.0.1]");
        await Browser.CheckAsync(page, $"mailbox-text-{screen}");

        // The keyboard goes to the next message, and through the tabs.
        await page.Keyboard.PressAsync("k");
        await Expect(page.Locator("main h2")).ToHaveTextAsync("Another");
        await Expect(page.FrameLocator("iframe").GetByText("Words in HTML")).ToBeVisibleAsync();
        await Browser.CheckAsync(page, $"mailbox-html-{screen}");
        await page.GetByRole(AriaRole.Tab, new() { Name = "HTML" }).FocusAsync();
        await page.Keyboard.PressAsync("ArrowLeft");
        await Expect(page.GetByRole(AriaRole.Cell, new() { Name = Subject }).Or(page.GetByRole(AriaRole.Cell, new() { Name = "Another" }))).ToBeVisibleAsync();
        await Browser.CheckAsync(page, $"mailbox-headers-{screen}");
        await page.Keyboard.PressAsync("ArrowLeft");
        await Expect(page.Locator("pre.source")).ToContainTextAsync("Subject: Another");
        // As narrow as WCAG 2.2 asks for (1.4.10).
        await page.SetViewportSizeAsync(320, 900);
        await Browser.CheckAsync(page, $"mailbox-source-320-{screen}");
        await page.SetViewportSizeAsync(width, 900);

        var saved = await page.RunAndWaitForDownloadAsync(() => page.GetByRole(AriaRole.Button, new() { Name = "price.txt" }).ClickAsync());
        Assert.Equal("price.txt", saved.SuggestedFilename);
        await page.GetByRole(AriaRole.Button, new() { Name = "Delete", Exact = true }).ClickAsync();
        await Expect(page.Locator("main h2")).ToHaveTextAsync(Subject);
        await page.GotoAsync(Url(standalone));
        await page.GetByRole(AriaRole.Button, new() { Name = "Delete all…" }).ClickAsync();
        await page.GetByRole(AriaRole.Button, new() { Name = "Delete 1" }).ClickAsync();
        await Expect(page.GetByRole(AriaRole.Status)).ToHaveTextAsync("1 message deleted.");
        await Expect(page.GetByText("No mail has arrived yet.")).ToBeVisibleAsync();
        await page.Context.DisposeAsync();
    }

    [BrowserFact]
    public async Task A_message_runs_nothing_and_reaches_no_server_until_its_link_is_followed()
    {
        using var elsewhere = new TcpListener(IPAddress.Loopback, 0);
        elsewhere.Start();
        var there = $"http://127.0.0.1:{((IPEndPoint)elsewhere.LocalEndpoint).Port}";
        await using var standalone = await StandaloneProcess.StartAsync("mailbox");
        await SendAsync(standalone, "Hostile", Rich($"""
            <link rel=preconnect href="{there}/"><link rel=dns-prefetch href="{there}/"><link rel=stylesheet href="{there}/"><meta http-equiv=refresh content="0;url={there}/"><base href="{there}/">
            <style>@import "{there}/"; @font-face {"{"} font-family: x; src: url({there}/) {"}"} body {"{"} background: url({there}/); font-family: x {"}"}</style>
            <script>document.title = "ran"; top.document.title = "ran"; location = "{there}/"</script>
            <img id=remote src="{there}/"><img src=x onerror="top.document.title = 'ran'"><img src="" srcset="{there}/ 1x"><svg onload="top.location='{there}/'"><image href="{there}/"/></svg>
            <iframe src="{there}/"></iframe><object data="{there}/"></object><embed src="{there}/"><video src="{there}/" poster="{there}/"></video><table background="{there}/">
            <form action="{there}/" id=f><input type=submit autofocus></form><div style="background: url({there}/)">styled</div>
            <img id=own src="cid:pixel" width=10 height=10><a href="{there}/followed" ping="{there}/ping">the link</a>
            """));
        var page = await browser.OpenAsync(Url(standalone), 1280);
        var answered = new List<string>();
        page.Response += (_, response) => answered.Add(response.Url);
        await page.Locator("#list a").ClickAsync();
        var frame = page.FrameLocator("iframe");
        await Expect(frame.GetByText("the link")).ToBeVisibleAsync();
        await Expect(frame.GetByText("styled")).ToBeVisibleAsync();
        await Expect(frame.Locator("#own")).ToHaveJSPropertyAsync("naturalWidth", 1);
        await Expect(page).ToHaveTitleAsync("Mailbox");

        await frame.GetByText("the link").ClickAsync();
        // The first that the other server hears is what the reader has asked for, and not from where.
        using var connection = await elsewhere.AcceptTcpClientAsync();
        using var reader = new StreamReader(connection.GetStream());
        Assert.Equal("GET /followed HTTP/1.1", await reader.ReadLineAsync());
        var fields = new List<string>();
        while (await reader.ReadLineAsync() is { Length: > 0 } field)
            fields.Add(field);
        Assert.DoesNotContain(fields, field => field.StartsWith("Referer:", StringComparison.OrdinalIgnoreCase));
        Assert.All(answered, url => Assert.True(url.StartsWith(standalone.Http.BaseAddress!.ToString(), StringComparison.Ordinal) || url.StartsWith("data:", StringComparison.Ordinal), url));
        await page.Context.DisposeAsync();
    }

    private static string Url(StandaloneProcess standalone) => $"{standalone.Http.BaseAddress}mailbox/";

    private static MimeEntity Rich(string html)
    {
        var builder = new BodyBuilder { HtmlBody = html };
        builder.LinkedResources.Add("pixel.png", Convert.FromBase64String(Pixel)).ContentId = "pixel";
        builder.Attachments.Add("price.txt", "7 euros"u8.ToArray());
        return builder.ToMessageBody();
    }

    private static async Task SendAsync(StandaloneProcess standalone, string subject, MimeEntity body)
    {
        using var message = new MimeMessage { Subject = subject, Body = body };
        message.From.Add(new MailboxAddress("A shop with quite a long name", "orders.and.invoices@shop.example.com"));
        message.To.Add(new MailboxAddress("", "someone.with.a.rather.long.address@example.org"));
        using var client = new SmtpClient();
        await client.ConnectAsync("127.0.0.1", standalone.MailboxPort);
        await client.SendAsync(message);
        await client.DisconnectAsync(quit: true);
    }
}
