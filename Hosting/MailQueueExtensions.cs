using Microsoft.Extensions.Configuration;

namespace Aspire.Hosting;

public static class MailQueueExtensions
{
    /// <summary>The name under which edge and relay read their connection string.</summary>
    internal const string ConnectionName = "redis";

    /// <summary>
    /// Adds the server that holds the queue: an existing Redis where <c>ConnectionStrings:redis</c> names one, else a Redis that syncs
    /// every write, in a container. Where no container engine answers, <typeparamref name="TStandalone"/> stands in with its embedded
    /// Garnet; published, it is always a Redis.
    /// </summary>
    /// <typeparam name="TStandalone">The project of this repository's <c>Standalone</c>.</typeparam>
    public static IResourceBuilder<IResourceWithConnectionString> AddMailQueue<TStandalone>(this IDistributedApplicationBuilder builder, [ResourceName] string name)
        where TStandalone : IProjectMetadata, new()
    {
        ArgumentNullException.ThrowIfNull(builder);
        if (builder.Configuration.GetConnectionString(ConnectionName) is { Length: > 0 })
            return builder.AddConnectionString(ConnectionName);
        var password = builder.AddParameter($"{name}-password", new GenerateParameterDefault { MinLength = 32, Special = false }, secret: true, persist: true)
            .WithDescription("The password of the queue's server, for edge and relay. Generated at the first start, and kept in the AppHost's user secrets.");
        return ContainerChoice.Of(builder).Containers
            ? builder.AddRedis(name, password: password).WithEveryWriteOnDisk().WithoutHttpsCertificate()
            : builder.AddGarnet<TStandalone>(name, password);
    }
}
