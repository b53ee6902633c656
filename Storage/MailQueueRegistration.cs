using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.DependencyInjection.Extensions;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;
using Slimta.Storage.Redis;
using StackExchange.Redis;

namespace Slimta.Storage;

public static class MailQueueRegistration
{
    /// <summary>
    /// Adds the mail queue: <see cref="IQueueStorage"/>, <see cref="IQueueOperator"/>, <see cref="IOrderJobs"/>, <see cref="IQueueRules"/>,
    /// <see cref="IRelayStates"/> and <see cref="IQueueHistory"/>, a check of the server at start, a readiness check, and the queue's gauges. Options come from section "Storage".
    /// </summary>
    /// <remarks>
    /// The server is that of the application's Redis client where there is one (such as Aspire's <c>AddRedisClient</c>), else of the
    /// connection string <paramref name="connectionName"/>, which may name a file of its password (<see cref="QueueConnection"/>).
    /// A host has one queue: a further call with the same name adds its <paramref name="configure"/> and nothing else.
    /// </remarks>
    /// <exception cref="InvalidOperationException">
    /// An earlier call had another <paramref name="connectionName"/>. At start: the host has neither a Redis client nor this connection string.
    /// </exception>
    /// <exception cref="OptionsValidationException">At start: a setting is wrong; the message names its key.</exception>
    public static TBuilder AddMailQueue<TBuilder>(this TBuilder builder, string connectionName = "redis", Action<QueueOptions>? configure = null)
        where TBuilder : IHostApplicationBuilder
    {
        ArgumentNullException.ThrowIfNull(builder);
        var before = builder.Services.FirstOrDefault(service => service.ServiceType == typeof(MailQueue))?.ImplementationInstance as MailQueue;
        if (before is null)
            AddQueue(builder, connectionName);
        else if (before.ConnectionName != connectionName)
            throw new InvalidOperationException(
                $"AddMailQueue(\"{connectionName}\"): this host has a queue already, on connection string '{before.ConnectionName}'. A host has one queue; create a RedisStorage for another.");
        if (configure is not null)
            builder.Services.Configure(configure);
        return builder;
    }

    /// <summary>Binds <see cref="QueueOptions"/> to section "Storage" and checks them at start, with any queue; once, however often it is called.</summary>
    public static IServiceCollection AddQueueOptions(this IServiceCollection services)
    {
        services.AddSettings<QueueOptions>(QueueOptions.Section);
        services.TryAddEnumerable(ServiceDescriptor.Singleton<IValidateOptions<QueueOptions>, QueueOptionsValidator>());
        return services;
    }

    private static void AddQueue(IHostApplicationBuilder builder, string connectionName)
    {
        builder.Services.AddSingleton(new MailQueue(connectionName));
        builder.Services.AddQueueOptions();
        builder.Services.TryAddSingleton(TimeProvider.System);
        builder.Services.AddSingleton(services => new RedisStorage(
            SettingsOf(services, connectionName),
            services.GetRequiredService<IOptions<QueueOptions>>().Value,
            services.GetRequiredService<TimeProvider>(),
            services.GetRequiredService<ILogger<RedisStorage>>()));
        builder.Services.AddSingleton<IQueueStorage>(services => services.GetRequiredService<RedisStorage>());
        builder.Services.AddSingleton<IQueueOperator>(services => services.GetRequiredService<RedisStorage>());
        builder.Services.AddSingleton(services => services.GetRequiredService<RedisStorage>().Rules);
        builder.Services.AddSingleton(services => services.GetRequiredService<RedisStorage>().Relays);
        builder.Services.AddSingleton(services => services.GetRequiredService<RedisStorage>().Jobs);
        builder.Services.AddSingleton<IQueueHistory>(services => services.GetRequiredService<RedisStorage>());
        builder.Services.AddSingleton<QueueWatch>();
        builder.Services.AddHostedService(services => services.GetRequiredService<QueueWatch>());
        builder.Services.AddHealthChecks().AddCheck<QueueHealth>("mail queue", tags: ["ready"]);
    }

    private static ConfigurationOptions SettingsOf(IServiceProvider services, string connectionName)
    {
        // Aspire's Redis client registers its settings so, whole: with TLS and what the host configured in code.
        if (services.GetService<IOptions<ConfigurationOptions>>()?.Value is { EndPoints.Count: > 0 } configured)
            return configured;
        if (services.GetRequiredService<IConfiguration>().GetConnectionString(connectionName) is { Length: > 0 } text)
            return QueueConnection.Parse(text);
        if (services.GetService<IConnectionMultiplexer>() is { } connection)
            return ConfigurationOptions.Parse(connection.Configuration);
        throw new InvalidOperationException(
            $"The mail queue has no server: set ConnectionStrings:{connectionName} (environment: ConnectionStrings__{connectionName}), for example to 'localhost:6379'.");
    }

    /// <summary>That this host has its queue.</summary>
    private sealed record MailQueue(string ConnectionName);
}
