#pragma warning disable IDE0005 // Implicit in one of the assemblies that compile this.
using System.Reflection;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;
#pragma warning restore IDE0005

namespace Slimta;

/// <summary>A page whose files are the assembly's resources: they hold no data, and so need no key. Each assembly with a page compiles it in.</summary>
internal static class EmbeddedPage
{
    private const string Folder = "page/";

    /// <param name="name">Where it stands, and of its HTML file.</param>
    /// <param name="policy">Its Content-Security-Policy: a constant of the page, never text of a request.</param>
    public static RouteGroupBuilder MapEmbeddedPage(this IEndpointRouteBuilder app, string name, string policy)
    {
        var page = app.MapGroup($"/{name}").ExcludeFromDescription();
        // One address, with the slash, so that the files stand beside it.
        page.MapGet("", (HttpContext http) => http.Request.Path.Value!.EndsWith('/')
            ? Answer(http, $"{name}.html", policy)
            : Results.LocalRedirect($"~/{name}/"));
        foreach (var file in Assembly.GetExecutingAssembly().GetManifestResourceNames().Where(file => file.StartsWith(Folder, StringComparison.Ordinal)).Select(file => file[Folder.Length..]))
            page.MapGet(file, (HttpContext http) => Answer(http, file, policy));
        return page;
    }

    private static IResult Answer(HttpContext http, string file, string policy)
    {
        http.Response.Headers.ContentSecurityPolicy = policy;
        http.Response.Headers["Referrer-Policy"] = "no-referrer";
        var type = Path.GetExtension(file) switch { ".css" => "text/css", ".js" => "text/javascript", _ => "text/html" };
        // The stream is the answer's, which disposes of it.
        return Results.Stream(Assembly.GetExecutingAssembly().GetManifestResourceStream(Folder + file)!, $"{type}; charset=utf-8");
    }
}
