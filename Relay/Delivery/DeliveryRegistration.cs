using System.Diagnostics.CodeAnalysis;
using Microsoft.Extensions.DependencyInjection.Extensions;

namespace Slimta.Relay.Delivery;

/// <summary>Kinds of delivery: by name for routes, and around all of them.</summary>
public static class DeliveryRegistration
{
    /// <summary>The kind of a route that names none, and of all mail without a route.</summary>
    public const string Smtp = "smtp";

    /// <summary>
    /// Adds a kind of delivery for the routes whose <see cref="RouteOptions.Delivery"/> is <paramref name="name"/>. A delivery named "smtp"
    /// replaces ours.
    /// </summary>
    public static IServiceCollection AddDelivery<[DynamicallyAccessedMembers(DynamicallyAccessedMemberTypes.PublicConstructors)] TDelivery>(
        this IServiceCollection services, string name) where TDelivery : class, IDelivery
    {
        ArgumentNullException.ThrowIfNull(services);
        ArgumentException.ThrowIfNullOrWhiteSpace(name);
        services.AddSingleton(new DeliveryName(name));
        return services.AddKeyedSingleton<IDelivery, TDelivery>(KeyOf(name));
    }

    /// <summary>Wraps each kind of delivery: call it after <see cref="RelayRegistration.AddRelay"/>.</summary>
    /// <param name="wrap">Makes the delivery that the relay calls of the one that it called before.</param>
    public static IServiceCollection WrapDeliveries(this IServiceCollection services, Func<IServiceProvider, IDelivery, IDelivery> wrap)
    {
        ArgumentNullException.ThrowIfNull(services);
        ArgumentNullException.ThrowIfNull(wrap);
        var inner = services.LastOrDefault(service => service.ServiceType == typeof(IDelivery) && !service.IsKeyedService)
            ?? throw new InvalidOperationException("There is no delivery to wrap: call AddRelay first.");
        services.Remove(inner);
        return services.AddSingleton(provider => wrap(provider, Make(inner, provider)));
    }

    /// <summary>The deliveries that <see cref="RelayRegistration.AddRelay"/> adds: SMTP, and the choice by route.</summary>
    internal static void AddDeliveries(this IServiceCollection services)
    {
        services.TryAddKeyedSingleton<IDelivery, SmtpDelivery>(Smtp);
        services.AddSingleton(new DeliveryName(Smtp));
        services.TryAddSingleton<IDelivery, DeliveryByRoute>();
    }

    /// <summary>Names are compared as those of settings are.</summary>
    internal static string KeyOf(string name) => name.ToLowerInvariant();

    internal static bool AreSame(string? one, string? other) => string.Equals(one, other, StringComparison.OrdinalIgnoreCase);

    private static IDelivery Make(ServiceDescriptor service, IServiceProvider provider) => (IDelivery)(service switch
    {
        { ImplementationInstance: { } instance } => instance,
        { ImplementationFactory: { } factory } => factory(provider),
        _ => ActivatorUtilities.CreateInstance(provider, service.ImplementationType!),
    });
}

/// <summary>A name that routes may use.</summary>
internal sealed record DeliveryName(string Name);
