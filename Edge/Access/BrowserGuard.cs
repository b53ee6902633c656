using Slimta.Edge.Http;
using Slimta.Smtp;

namespace Slimta.Edge.Access;

/// <summary>
/// Guards every route of the host, including those mapped later. The browser of a user of this machine is trusted as the user is; the pages
/// that it shows are not: neither one of another site, nor one whose name was made to mean this machine (DNS rebinding). It decides
/// by the request's head alone. A client that is no browser sends none of these fields, and passes.
/// </summary>
internal sealed class BrowserGuard(RequestDelegate next, OwnHosts hosts, ApiKeys keys, ILogger<BrowserGuard> log)
{
    /// <summary>They report a status, and details only to operators; orchestrators probe them by names that we do not know.</summary>
    private static readonly PathString[] Probes = ["/health", "/alive"];

    public Task InvokeAsync(HttpContext http)
    {
        // For every route that does not say otherwise: its answer is data, for this client, now.
        http.Response.Headers.XContentTypeOptions = "nosniff";
        http.Response.Headers.CacheControl = "no-store";
        http.Response.Headers["Cross-Origin-Resource-Policy"] = "same-origin";
        if (IsProbe(http.Request) || ProblemOf(http.Request) is not { } problem)
            return next(http);
        EdgeLog.RequestRefused(log, Printable.Text(http.Request.Method), Printable.Text(http.Request.Path.Value ?? ""), problem.Title);
        return Refusal.To(http, 403, new(550, "5.7.1", problem.Title), problem.Detail).ExecuteAsync(http);
    }

    private static bool IsProbe(HttpRequest request) =>
        (HttpMethods.IsGet(request.Method) || HttpMethods.IsHead(request.Method)) && Probes.Contains(request.Path);

    private (string Title, string Detail)? ProblemOf(HttpRequest request)
    {
        if (!IsOwnPage(request) || !IsOwnOrigin(request))
            return ("A page of another site sent this request.", "From a program, send neither Origin nor Sec-Fetch-Site; for a page, open one that this host serves.");
        // A page cannot know a key, so a client that has one may call us by any name.
        if (!hosts.Contains(request.Host.Host) && keys.Find(request) is not { Name: not null })
            return ($"The host name {Printable.Text(request.Host.Host)} is not known here.",
                "Use localhost, an IP address or an API key, or add the name to Edge:Http:Hosts.");
        return null;
    }

    /// <summary>Fetch metadata: a page of ours, or none. A link that a person follows only shows what it leads to.</summary>
    private static bool IsOwnPage(HttpRequest request)
    {
        var site = request.Headers["Sec-Fetch-Site"].ToString();
        return site is "" or "same-origin" or "none"
            || (HttpMethods.IsGet(request.Method) && request.Headers["Sec-Fetch-Mode"] == "navigate" && request.Headers["Sec-Fetch-Dest"] == "document");
    }

    /// <summary>Sent with every POST of a page, and with what else it asks of another site; "null" where the page hides its own.</summary>
    private bool IsOwnOrigin(HttpRequest request)
    {
        var origin = request.Headers.Origin;
        if (origin.Count == 0)
            return true;
        if (origin.Count > 1 || !Uri.TryCreate(origin.ToString(), UriKind.Absolute, out var page) || page.Scheme is not ("http" or "https"))
            return false;
        var host = request.Host;
        return hosts.IsConfigured(page.IdnHost)
            || (string.Equals(page.IdnHost, host.Host.Trim('[', ']'), StringComparison.OrdinalIgnoreCase)
                && page.Port == (host.Port ?? (page.Scheme == "https" ? 443 : 80)));
    }
}

/// <summary>Puts the guard before all that a host maps.</summary>
internal sealed class BrowserGuardStartup : IStartupFilter
{
    public Action<IApplicationBuilder> Configure(Action<IApplicationBuilder> next) => app =>
    {
        app.UseMiddleware<BrowserGuard>();
        next(app);
    };
}
