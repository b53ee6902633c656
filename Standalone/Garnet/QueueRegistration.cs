using System.Net;
using Microsoft.AspNetCore.Builder;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Options;
using Slimta.Storage;
using Slimta.Storage.Redis;
using StackExchange.Redis;

namespace Slimta.Standalone;

/// <summary>The queue of this process: the Redis that "ConnectionStrings:redis" names, or the embedded Garnet.</summary>
internal static class QueueRegistration
{
    public static void AddQueue(this WebApplicationBuilder builder, Roles roles)
    {
        var embedded = roles.UsesEmbeddedQueue(builder.Configuration);
        if (embedded)
            builder.AddEmbeddedGarnet(roles);
        else if (string.IsNullOrEmpty(builder.Configuration.GetConnectionString("redis")))
            throw new StartException("A role alone shares its queue with others: set ConnectionStrings__redis, for example to localhost:6379.");
        // In the role "queue" only the page queries it.
        builder.AddMailQueue();
        if (embedded)
            builder.Services.AddSingleton<IQueueStorage>(services =>
                new GuardedQueue(services.GetRequiredService<RedisStorage>(), services.GetRequiredService<GarnetGuard>()));
    }

    private static void AddEmbeddedGarnet(this WebApplicationBuilder builder, Roles roles)
    {
        const int RedisPort = 6379;
        var port = builder.Configuration.GetValue<int?>("Garnet:Port") ?? (roles is Roles.Queue ? RedisPort : Defaults.FreePort());
        var address = new GarnetAddress(new(IPAddress.Loopback, port));
        builder.Services.AddSingleton<IOptions<ConfigurationOptions>>(services =>
            Options.Create(address.Settings(services.GetRequiredService<IOptions<GarnetOptions>>().Value)));
        builder.Services.AddSettings<GarnetOptions>(GarnetOptions.Section);
        builder.Services.AddSingleton(TimeProvider.System);
        builder.Services.AddSingleton(address);
        builder.Services.AddSingleton<GarnetService>();
        builder.Services.AddHostedService(services => services.GetRequiredService<GarnetService>());
        builder.Services.AddSingleton<GarnetGuard>();
        builder.Services.AddHostedService(services => services.GetRequiredService<GarnetGuard>());
        builder.Services.AddHealthChecks().AddCheck<GarnetGuard>("queue folder", tags: ["ready"]);
    }
}
