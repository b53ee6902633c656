using System.Reflection;

namespace Slimta.Edge.Operator;

/// <summary>
/// The operator's page at <c>/queue/</c>: files that hold no data, and so need no key. All that the page shows it asks of the routes under
/// <c>/operator</c>, so that it can do what the API can, and needs the same key.
/// </summary>
internal static class QueuePage
{
    private const string Policy =
        "default-src 'none'; script-src 'self'; style-src 'self'; connect-src 'self'; img-src data:; base-uri 'none'; form-action 'none'; frame-ancestors 'none'";

    private static readonly (string Name, string Type)[] Files =
    [
        ("queue.css", "text/css"), ("queue.js", "text/javascript"), ("api.js", "text/javascript"), ("dialogs.js", "text/javascript"), ("elements.js", "text/javascript"),
        ("history.js", "text/javascript"), ("filters.js", "text/javascript"), ("rules.js", "text/javascript"),
    ];

    public static void MapQueuePage(this IEndpointRouteBuilder app)
    {
        var page = app.MapGroup("/queue").ExcludeFromDescription();
        // One address, with the slash, so that the files stand beside it.
        page.MapGet("", (HttpContext http) => http.Request.Path.Value!.EndsWith('/')
            ? Answer(http, "queue.html", "text/html")
            : Results.LocalRedirect("~/queue/"));
        foreach (var (name, type) in Files)
            page.MapGet(name, (HttpContext http) => Answer(http, name, type));
    }

    private static IResult Answer(HttpContext http, string name, string type)
    {
        http.Response.Headers.ContentSecurityPolicy = Policy;
        http.Response.Headers["Referrer-Policy"] = "no-referrer";
        // The stream is the answer's, which disposes of it.
        return Results.Stream(Assembly.GetExecutingAssembly().GetManifestResourceStream($"page/{name}")!, $"{type}; charset=utf-8");
    }
}
