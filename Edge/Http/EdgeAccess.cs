using Microsoft.Extensions.DependencyInjection.Extensions;
using Microsoft.Extensions.Options;

namespace Slimta.Edge.Http;

/// <summary>Guards endpoints: a key of a sender or an operator, or a client on this machine.</summary>
public static class EdgeAccess
{
    /// <summary>
    /// What <see cref="RequireEdgeAccess"/> needs, for a host without the edge; options come from section "Edge". With it, pages of other
    /// sites are kept from all routes of the host.
    /// </summary>
    public static IServiceCollection AddEdgeAccess(this IServiceCollection services)
    {
        ArgumentNullException.ThrowIfNull(services);
        services.AddSettings<EdgeOptions>(EdgeOptions.Section);
        services.TryAddEnumerable(ServiceDescriptor.Singleton<IValidateOptions<EdgeOptions>, EdgeOptionsValidator>());
        services.TryAddSingleton(TimeProvider.System);
        services.TryAddSingleton<ApiKeys>();
        services.TryAddSingleton<LoginGuard>();
        services.TryAddSingleton<OwnHosts>();
        services.TryAddSingleton<IHealthReaders, HealthReaders>();
        services.TryAddEnumerable(ServiceDescriptor.Singleton<IStartupFilter, BrowserGuardStartup>());
        return services;
    }

    public static TBuilder RequireEdgeAccess<TBuilder>(this TBuilder endpoints) where TBuilder : IEndpointConventionBuilder =>
        endpoints.RequireKey(KeyKinds.Sender | KeyKinds.Operator);

    internal static TBuilder RequireKey<TBuilder>(this TBuilder endpoints, KeyKinds wanted) where TBuilder : IEndpointConventionBuilder =>
        endpoints.AddEndpointFilter(async (context, next) =>
            context.HttpContext.RequestServices.GetRequiredService<ApiKeys>().Admit(context.HttpContext, wanted).Refusal ?? await next(context));
}
