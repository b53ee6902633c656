using System.Security.Cryptography;
using System.Text;
using Microsoft.Playwright;
using Slimta.Storage.Tests.Support;
using static Microsoft.Playwright.Assertions;

namespace Slimta.EndToEnd.Pages;

/// <summary>The operator's page at /queue/, in a browser.</summary>
public sealed class QueuePageTests(Browser browser) : IClassFixture<Browser>, IDisposable
{
    private readonly DirectoryInfo _folder = Directory.CreateTempSubdirectory("slimta-page-");

    public void Dispose() => _folder.Delete(recursive: true);

    private const string Subject = "Order <b>7</b> & more";

    [BrowserTheory]
    [InlineData(1280, ColorScheme.Light)]
    [InlineData(390, ColorScheme.Dark)]
    public async Task Every_view_is_readable_on_this_screen(int width, ColorScheme scheme)
    {
        await using var standalone = await StartAsync();
        await standalone.SendAsync(Subject, "someone.with.a.rather.long.address@waiting.test", "another@waiting.test");
        await standalone.SendAsync(Subject, "c@held.test");
        var page = await browser.OpenAsync(Url(standalone), width, scheme);
        var screen = $"{width}-{scheme.ToString().ToLowerInvariant()}";

        await Expect(page.GetByRole(AriaRole.Link, new() { Name = "held.test" })).ToBeVisibleAsync();
        await Browser.CheckAsync(page, $"queue-overview-{screen}");

        await page.GetByRole(AriaRole.Link, new() { Name = "waiting.test" }).ClickAsync();
        await Expect(page.Locator("tbody tr")).ToHaveCountAsync(1);
        await Browser.CheckAsync(page, $"queue-messages-{screen}");

        await page.Locator("tbody a.id").ClickAsync();
        await Expect(page.Locator("ul.why li").First).ToContainTextAsync("The next attempt is at");
        await page.GetByRole(AriaRole.Button, new() { Name = "Show the source" }).ClickAsync();
        // What came from a message is text, also where it looks like markup.
        await Expect(page.Locator("pre")).ToContainTextAsync(Subject);
        Assert.Equal(0, await page.Locator("main b").CountAsync());
        await Browser.CheckAsync(page, $"queue-message-{screen}");

        // As narrow as WCAG 2.2 asks for (1.4.10): an id is one long word.
        await page.SetViewportSizeAsync(320, 900);
        await Browser.CheckAsync(page, $"queue-message-320-{screen}");
    }

    [BrowserFact]
    public async Task An_operator_holds_one_message_and_releases_all_that_match()
    {
        await using var standalone = await StartAsync();
        await standalone.SendAsync("one", "a@waiting.test");
        await standalone.SendAsync("two", "b@waiting.test");
        var page = await browser.OpenAsync(Url(standalone) + "#/messages", 1280);
        var states = page.Locator("tbody .badge");
        for (var held = 1; held <= 2; held++)
        {
            await page.Locator("tbody tr", new() { HasText = "scheduled" }).First.Locator("a.id").ClickAsync();
            await Expect(page.Locator("ul.why")).ToBeVisibleAsync();
            await page.GetByRole(AriaRole.Button, new() { Name = "Hold…" }).ClickAsync();
            // Without a reason nothing is done.
            await page.Locator("#confirm-yes").ClickAsync();
            await page.GetByLabel("Why").FillAsync("the customer called");
            await page.Locator("#confirm-yes").ClickAsync();
            await Expect(page.GetByRole(AriaRole.Status)).ToContainTextAsync(": held.");
            await Expect(page.Locator("ul.why")).ToContainTextAsync("the customer called (by an operator on this machine). It waits for an operator.");
            // What the queue would refuse of a held one is not offered.
            await Expect(page.Locator("p.buttons").First.GetByRole(AriaRole.Button)).ToHaveTextAsync(["Release…", "Bounce…", "Send by another route…", "Drop without a bounce…"]);
            await page.GetByRole(AriaRole.Link, new() { Name = "Messages", Exact = true }).ClickAsync();
            await Expect(states.Filter(new() { HasText = "held" })).ToHaveCountAsync(held);
        }

        await page.GetByRole(AriaRole.Button, new() { Name = "Release…" }).ClickAsync();
        await Expect(page.Locator("#confirm-title")).ToHaveTextAsync("Release: 2 messages");
        await page.GetByRole(AriaRole.Button, new() { Name = "Release 2" }).ClickAsync();
        await Expect(page.GetByRole(AriaRole.Status)).ToContainTextAsync("2 messages released.");
        await Expect(states.Filter(new() { HasText = "held" })).ToHaveCountAsync(0);
    }

    [BrowserFact]
    public async Task Messages_are_found_in_another_order_on_all_pages()
    {
        await using var redis = await RedisProcess.StartAsync();
        await using var edge = await StandaloneProcess.StartAsync("edge", new() { ["ConnectionStrings:redis"] = redis.ConnectionString });
        await edge.SendAsync("the oldest", "b@waiting.test");
        await using var queue = await QueueClient.StartAsync(redis.ConnectionString, "slimta:");
        await queue.WriteAsync("b@waiting.test", 1200);
        await edge.SendAsync(new string('x', 500), "b@waiting.test");
        var page = await browser.OpenAsync(Url(edge) + "#/messages?domain=waiting.test", 1280);
        var first = page.Locator("tbody tr").First;
        var order = page.GetByLabel("Order");

        await order.SelectOptionAsync("oldest");
        await page.GetByRole(AriaRole.Button, new() { Name = "Find" }).ClickAsync();
        await Expect(page.GetByRole(AriaRole.Status)).ToHaveTextAsync("The first 100 of 1,202, oldest first.");
        await Expect(first).ToContainTextAsync("the oldest");
        await Expect(page.Locator("tbody tr")).ToHaveCountAsync(100);
        // An order given on all that match has nothing to do with theirs.
        await page.GetByRole(AriaRole.Button, new() { Name = "Drop without a bounce…" }).ClickAsync();
        await Expect(page.Locator("#confirm-title")).ToHaveTextAsync("Drop without a bounce: 1,202 messages");
        await page.Locator("#confirm-no").ClickAsync();

        await order.SelectOptionAsync("largest");
        await page.GetByRole(AriaRole.Button, new() { Name = "Find" }).ClickAsync();
        await Expect(first).ToContainTextAsync("xxx");
    }

    [BrowserFact]
    public async Task A_message_is_found_by_a_recipient_that_has_it_and_a_retry_says_what_it_leaves_on_hold()
    {
        await using var redis = await RedisProcess.StartAsync();
        await using var edge = await StandaloneProcess.StartAsync("edge", new() { ["ConnectionStrings:redis"] = redis.ConnectionString });
        await edge.SendAsync("half", "done@a.test", "waits@b.test");
        await using var queue = await QueueClient.StartAsync(redis.ConnectionString, "slimta:");
        var id = Assert.Single((await queue.Operator.FindAsync(new())).Messages).Id;
        await queue.Storage.SetRecipientsDeliveredAsync(id, [0]);
        await queue.Operator.HoldAsync(id, "look");
        var page = await browser.OpenAsync(Url(edge) + "#/messages?recipient=done@a.test", 1280);
        await Expect(page.GetByText("No message matches.")).ToBeVisibleAsync();

        await page.Locator("select[name=recipientState]").SelectOptionAsync("any");
        await page.GetByRole(AriaRole.Button, new() { Name = "Find" }).ClickAsync();
        await Expect(page.Locator("tbody a.id")).ToHaveTextAsync(id);

        await page.GetByRole(AriaRole.Button, new() { Name = "Retry now…" }).ClickAsync();
        await Expect(page.GetByRole(AriaRole.Status)).ToHaveTextAsync(
            "Nothing to do: this order changes no message that matches. 1 message that matches is on hold; this order leaves that so. Release puts it back into the schedule.");
    }

    [BrowserTheory]
    [InlineData(1280, ColorScheme.Light)]
    [InlineData(390, ColorScheme.Dark)]
    public async Task An_order_on_all_that_match_goes_on_without_the_page_and_is_watched_and_canceled(int width, ColorScheme scheme)
    {
        await using var redis = await RedisProcess.StartAsync();
        await using var edge = await StandaloneProcess.StartAsync("edge", new() { ["ConnectionStrings:redis"] = redis.ConnectionString });
        await using var queue = await QueueClient.StartAsync(redis.ConnectionString, "slimta:");
        await queue.WriteAsync("b@waiting.test", 3000);
        var page = await browser.OpenAsync(Url(edge) + "#/messages?domain=waiting.test", width, scheme);
        var screen = $"{width}-{scheme.ToString().ToLowerInvariant()}";

        await page.GetByRole(AriaRole.Button, new() { Name = "Hold…" }).ClickAsync();
        await Expect(page.Locator("#confirm-title")).ToHaveTextAsync("Hold: 3,000 messages");
        await page.GetByLabel("Why").FillAsync("<b>storm</b>");
        await page.GetByRole(AriaRole.Button, new() { Name = "Hold 3,000" }).ClickAsync();
        await Expect(page.Locator("#confirm-progress")).ToBeVisibleAsync();
        await redis.CommandAsync("CLIENT", "PAUSE", "60000", "WRITE");
        await page.GetByRole(AriaRole.Button, new() { Name = "Cancel the job" }).ClickAsync();
        await redis.CommandAsync("CLIENT", "UNPAUSE");
        await Expect(page.GetByRole(AriaRole.Status)).ToContainTextAsync("held; canceled.");

        await page.GetByRole(AriaRole.Button, new() { Name = "Drop without a bounce…" }).ClickAsync();
        await page.GetByRole(AriaRole.Button, new() { Name = "Drop without a bounce 3,000" }).ClickAsync();
        // The page is left in the middle; another finds the job, which goes on by itself.
        await Expect(page.GetByText("It goes on when you close this page.").Or(page.GetByText("3,000 messages dropped.")).First).ToBeVisibleAsync();
        await page.CloseAsync();
        page = await browser.OpenAsync(Url(edge) + "#/jobs", width, scheme);
        await Expect(page.Locator("tbody .badge")).ToHaveTextAsync(["done", "canceled"]);
        await Expect(page.Locator("tbody tr").First).ToContainTextAsync("3,000");
        await Expect(page.Locator("tbody tr").Last).ToContainTextAsync("hold on domain=waiting.test \"<b>storm</b>\"");
        await Browser.CheckAsync(page, $"queue-jobs-{screen}");
    }

    [BrowserTheory]
    [InlineData(1280, ColorScheme.Light)]
    [InlineData(390, ColorScheme.Dark)]
    public async Task An_operator_pauses_a_domain_and_resumes_it_and_sets_and_removes_rules(int width, ColorScheme scheme)
    {
        await using var standalone = await StartAsync();
        await standalone.SendAsync("one", "a@waiting.test");
        var page = await browser.OpenAsync(Url(standalone), width, scheme);
        var screen = $"{width}-{scheme.ToString().ToLowerInvariant()}";

        await page.GetByRole(AriaRole.Button, new() { Name = "Pause waiting.test" }).ClickAsync();
        await page.Locator("#rule-yes").ClickAsync();
        // Without a reason nothing is done.
        await Expect(page.Locator("#rule-problem")).ToContainTextAsync("Say why");
        await Browser.CheckAsync(page, $"queue-rule-{screen}");
        await page.GetByLabel("Reason").FillAsync("their disk is full");
        await page.GetByLabel("For how long").FillAsync("2h");
        await page.Locator("#rule-yes").ClickAsync();
        await Expect(page.Locator("tbody .badge.paused")).ToHaveTextAsync("paused");
        await Browser.CheckAsync(page, $"queue-paused-{screen}");
        await page.GetByRole(AriaRole.Button, new() { Name = "Resume waiting.test" }).ClickAsync();
        await Expect(page.GetByRole(AriaRole.Status)).ToContainTextAsync("waiting.test: resumed.");
        await Expect(page.Locator("tbody .badge.paused")).ToHaveCountAsync(0);

        await page.GetByRole(AriaRole.Link, new() { Name = "Rules" }).ClickAsync();
        await page.GetByRole(AriaRole.Button, new() { Name = "Pause the queue" }).ClickAsync();
        await page.GetByLabel("Reason").FillAsync("maintenance");
        await page.Locator("#rule-yes").ClickAsync();
        await Expect(page.Locator("p.paused")).ToContainTextAsync("all mail is paused by an operator on this machine");
        await page.GetByRole(AriaRole.Button, new() { Name = "Add a rule" }).ClickAsync();
        await page.GetByLabel("Reason").FillAsync("storm");
        await page.Locator("#rule-yes").ClickAsync();
        // All mail is held only by whom means it.
        await Expect(page.Locator("#rule-problem")).ToContainTextAsync("hold all mail");
        await page.GetByRole(AriaRole.Button, new() { Name = "All mail is meant" }).ClickAsync();
        await Expect(page.Locator("tbody tr")).ToHaveCountAsync(2);
        await Browser.CheckAsync(page, $"queue-rules-{screen}");
        foreach (var narrow in new[] { 1200, 700 })
        {
            // Wherever the rest of a row scrolls to, its order is in sight.
            await page.SetViewportSizeAsync(narrow, 900);
            Assert.True(await page.EvaluateAsync<bool>("[...document.querySelectorAll('td.order button')].every(b => b.getBoundingClientRect().right <= innerWidth)"), $"{narrow} px");
        }
        await page.SetViewportSizeAsync(width, 900);

        await page.Locator("tbody tr", new() { HasText = "storm" }).GetByRole(AriaRole.Button).ClickAsync();
        await page.GetByRole(AriaRole.Button, new() { Name = "Remove", Exact = true }).ClickAsync();
        await Expect(page.Locator("tbody tr")).ToHaveCountAsync(1);
        await page.GetByRole(AriaRole.Button, new() { Name = "Resume the queue" }).ClickAsync();
        await Expect(page.GetByText("No rule is in force")).ToBeVisibleAsync();
    }

    [BrowserTheory]
    [InlineData(1280, ColorScheme.Light)]
    [InlineData(390, ColorScheme.Dark)]
    public async Task What_became_of_mail_is_found_read_and_sent_again(int width, ColorScheme scheme)
    {
        await using var standalone = await StartAsync(("Storage:KeepContent", "true"));
        await standalone.SendAsync(Subject, "someone.with.a.rather.long.address@waiting.test", "another@waiting.test");
        var page = await browser.OpenAsync(Url(standalone) + "#/messages", width, scheme);
        var screen = $"{width}-{scheme.ToString().ToLowerInvariant()}";
        await page.Locator("tbody a.id").ClickAsync();
        await page.GetByRole(AriaRole.Button, new() { Name = "Bounce…", Exact = true }).ClickAsync();
        await page.GetByLabel("What the sender is told").FillAsync("<b>closed</b> for good");
        await page.Locator("#confirm-yes").ClickAsync();
        // The same address says what became of it once it has ended.
        await Expect(page.GetByRole(AriaRole.Heading, new() { Name = "What became of it" })).ToBeVisibleAsync();
        await Browser.CheckAsync(page, $"history-message-{screen}");
        var report = page.Locator("dt:has-text('Reports to the sender') + dd a.id");
        var id = await report.InnerTextAsync();
        await report.ClickAsync();
        await Expect(page.GetByRole(AriaRole.Heading, new() { Name = $"Message {id}" })).ToBeVisibleAsync();

        await page.GetByRole(AriaRole.Link, new() { Name = "History" }).ClickAsync();
        await page.Locator("details").EvaluateAsync("d => d.open = true");
        await page.GetByRole(AriaRole.Combobox).SelectOptionAsync("bounced");
        await page.Locator("input[name=recipient]").FillAsync("another@waiting.test");
        await page.GetByRole(AriaRole.Button, new() { Name = "Find" }).ClickAsync();
        await Expect(page.Locator("tbody tr")).ToHaveCountAsync(1);
        await Expect(page.Locator("tbody td.note")).ToContainTextAsync("<b>closed</b> for good");
        Assert.Equal(0, await page.Locator("main b").CountAsync());
        await Browser.CheckAsync(page, $"history-{screen}");

        await page.Locator("tbody a.id").ClickAsync();
        await page.GetByRole(AriaRole.Button, new() { Name = "Resend…" }).ClickAsync();
        await Expect(page.Locator("#confirm-text")).ToContainTextAsync("To 2 of its 2 recipients");
        await page.Locator("#confirm-yes").ClickAsync();
        await Expect(page.GetByRole(AriaRole.Status)).ToContainTextAsync("sent again as");
        await Expect(page.GetByText("Sent again from")).ToBeVisibleAsync();
        await Expect(page.Locator("ul.why li")).ToHaveCountAsync(2);
    }

    [BrowserFact]
    public async Task A_browser_elsewhere_is_asked_for_an_operators_key()
    {
        const string Key = "an-operators-key";
        await using var standalone = await StartAsync(("Edge:Http:TrustLoopback", "false"), ("Edge:OperatorKeys:jane", Convert.ToHexString(SHA256.HashData(Encoding.UTF8.GetBytes(Key)))));
        var page = await browser.OpenAsync(Url(standalone), 1280);
        var dialog = page.Locator("#login");
        await Expect(dialog).ToBeVisibleAsync();
        await Browser.CheckAsync(page, "queue-login");
        await page.Locator("#key").FillAsync("a guess");
        await page.GetByRole(AriaRole.Button, new() { Name = "Continue" }).ClickAsync();
        await Expect(dialog).ToBeVisibleAsync();
        await page.Locator("#key").FillAsync(Key);
        await page.GetByRole(AriaRole.Button, new() { Name = "Continue" }).ClickAsync();
        await Expect(page.GetByRole(AriaRole.Heading, new() { Name = "Queue", Exact = true })).ToBeVisibleAsync();
    }

    private static string Url(StandaloneProcess standalone) => $"{standalone.Http.BaseAddress}queue/";

    /// <summary>Mail for these domains finds no server, and waits.</summary>
    private Task<StandaloneProcess> StartAsync(params (string Key, string Value)[] settings) => StandaloneProcess.StartAsync("", new(
        settings.Select(setting => KeyValuePair.Create(setting.Key, setting.Value)))
    {
        ["Garnet:Folder"] = _folder.FullName,
        ["Relay:Routes:waiting.test:NextHop"] = "127.0.0.1:1",
        ["Relay:Routes:held.test:NextHop"] = "127.0.0.1:1",
    });
}
