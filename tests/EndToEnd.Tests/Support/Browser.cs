using System.Text.Json;
using Deque.AxeCore.Commons;
using Deque.AxeCore.Playwright;
using Microsoft.Playwright;

namespace Slimta.EndToEnd.Pages;

/// <summary>The system's Chromium, without a window.</summary>
public sealed class Browser : IAsyncLifetime
{
    private static readonly string[] Names = ["chromium", "chromium-browser", "google-chrome"];
    private IPlaywright? _playwright;
    private IBrowser? _browser;

    /// <summary>Where it is; null where there is none.</summary>
    public static string? Path { get; } = Environment.GetEnvironmentVariable("CHROMIUM") ?? (Environment.GetEnvironmentVariable("PATH") ?? "").Split(':')
        .SelectMany(folder => Names.Select(name => System.IO.Path.Combine(folder, name))).FirstOrDefault(File.Exists);

    public async Task InitializeAsync()
    {
        if (Path is null)
            return;
        _playwright = await Playwright.CreateAsync();
        // What a page shows comes when it comes, also on a machine that is busy.
        Assertions.SetDefaultExpectTimeout(30_000);
        // As root, as in a container, Chromium has no sandbox of its own; it sees nothing but our pages.
        _browser = await _playwright.Chromium.LaunchAsync(new() { ExecutablePath = Path, Args = ["--no-sandbox"] });
    }

    public async Task DisposeAsync()
    {
        if (_browser is not null)
            await _browser.DisposeAsync();
        _playwright?.Dispose();
    }

    public async Task<IPage> OpenAsync(string url, int width, ColorScheme scheme = ColorScheme.Light)
    {
        var context = await _browser!.NewContextAsync(new() { ViewportSize = new() { Width = width, Height = 900 }, ColorScheme = scheme });
        var page = await context.NewPageAsync();
        await page.GotoAsync(url);
        return page;
    }

    /// <summary>Nothing that axe finds wrong, and nothing that makes the page wider than the screen.</summary>
    public static async Task CheckAsync(IPage page, string view)
    {
        if (Environment.GetEnvironmentVariable("SCREENSHOTS") is { } folder)
            await page.ScreenshotAsync(new() { Path = System.IO.Path.Combine(folder, $"{view}.png") });
        await page.EvaluateAsync(WithoutSandboxes);
        var result = await page.RunAxe();
        Assert.True(result.Violations.Length == 0, $"{view}: {string.Join("; ", result.Violations.Select(Text))}");
        var wider = await page.EvaluateAsync<string>(Wider);
        Assert.True(wider.Length == 0, $"{view}: {wider}");
    }

    /// <summary>axe runs in each frame, and would wait for ever in one that runs nothing: an empty one takes its place.</summary>
    private const string WithoutSandboxes = """
        document.querySelectorAll("iframe[sandbox]").forEach(frame => frame.replaceWith(Object.assign(document.createElement("iframe"), { title: frame.title })))
        """;

    /// <summary>What sticks out of a page that is wider than the screen.</summary>
    private const string Wider = """
        document.documentElement.scrollWidth <= innerWidth ? "" : `${document.documentElement.scrollWidth} px: ` + [...document.querySelectorAll("*")]
          .filter(e => e.scrollWidth > e.clientWidth && getComputedStyle(e).display !== "inline" && getComputedStyle(e).overflowX === "visible").map(e => e.outerHTML.slice(0, 120)).join("; ")
        """;

    private static string Text(AxeResultItem item) => $"{item.Id}: {string.Join(", ", item.Nodes.Select(node => JsonSerializer.Serialize(node.Html)))}";
}

/// <summary>Skipped, with the reason, where there is no browser.</summary>
[AttributeUsage(AttributeTargets.Method)]
public sealed class BrowserFactAttribute : FactAttribute
{
    public BrowserFactAttribute() => Skip = BrowserTheoryAttribute.Missing;
}

/// <inheritdoc cref="BrowserFactAttribute"/>
[AttributeUsage(AttributeTargets.Method)]
public sealed class BrowserTheoryAttribute : TheoryAttribute
{
    public BrowserTheoryAttribute() => Skip = Missing;

    internal static string? Missing => Browser.Path is null ? "It needs a browser: install Debian's package chromium, or set CHROMIUM." : null;
}
