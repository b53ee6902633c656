using System.Net;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.DependencyInjection.Extensions;
using Microsoft.Extensions.Options;

namespace Slimta.Edge.Http;

/// <summary>Guards endpoints as <c>POST /messages</c> is guarded: an API key, or a client on this machine.</summary>
public static class EdgeAccess
{
    /// <summary>What <see cref="RequireEdgeAccess"/> needs, for a host without the edge; options come from section "Edge".</summary>
    public static IServiceCollection AddEdgeAccess(this IServiceCollection services)
    {
        ArgumentNullException.ThrowIfNull(services);
        services.AddOptions<EdgeOptions>().BindConfiguration(EdgeOptions.Section).ValidateOnStart();
        services.TryAddEnumerable(ServiceDescriptor.Singleton<IValidateOptions<EdgeOptions>, EdgeOptionsValidator>());
        services.TryAddSingleton<ApiKeys>();
        return services;
    }

    public static TBuilder RequireEdgeAccess<TBuilder>(this TBuilder endpoints) where TBuilder : IEndpointConventionBuilder =>
        endpoints.AddEndpointFilter(async (context, next) =>
        {
            var http = context.HttpContext;
            if (!http.RequestServices.GetRequiredService<ApiKeys>().TryAdmit(http, out var name))
                return MessagesEndpoint.Unauthorized(http);
            return name is not null || IsFromHere(http.Request)
                ? await next(context)
                : Results.Problem(statusCode: 403, title: "Without an API key only as localhost, and not from another site's page.");
        });

    /// <summary>
    /// The browser of somebody on this machine is trusted, the pages that it shows are not: neither a form of another site, nor a
    /// name of another site that was made to mean this machine.
    /// </summary>
    private static bool IsFromHere(HttpRequest request) =>
        request.Headers["Sec-Fetch-Site"].ToString() is "" or "same-origin" or "none"
        && (request.Host.Host is "localhost" || (IPAddress.TryParse(request.Host.Host.Trim('[', ']'), out var address) && IPAddress.IsLoopback(address)));
}
