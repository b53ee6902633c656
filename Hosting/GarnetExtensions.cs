using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;

namespace Aspire.Hosting;

public static partial class GarnetExtensions
{
    /// <summary>
    /// Adds an embedded Garnet for development without containers. Its data stays where <c>--Garnet:Folder</c> says; by default in the
    /// user's application data, in a folder for each AppHost.
    /// </summary>
    /// <typeparam name="TStandalone">The project of this repository's <c>Standalone</c>.</typeparam>
    public static IResourceBuilder<GarnetResource> AddGarnet<TStandalone>(
        this IDistributedApplicationBuilder builder, [ResourceName] string name, IResourceBuilder<ParameterResource> password)
        where TStandalone : IProjectMetadata, new()
    {
        ArgumentNullException.ThrowIfNull(builder);
        ArgumentNullException.ThrowIfNull(password);
        var garnet = builder.AddResource(new GarnetResource(name, password.Resource))
            .AsStandalone<GarnetResource, TStandalone>("queue")
            .WithEndpoint(scheme: "redis", name: GarnetResource.EndpointName, env: "Garnet__Port")
            .WithEnvironment("Garnet__Folder", Folder(builder, name))
            .WithEnvironment("Garnet__Password", password)
            .WithIconName("Database")
            .WithUrlForEndpoint(GarnetResource.EndpointName, url => url.DisplayText = $"Garnet {new Uri(url.Url).Authority}")
            .WithUrlForEndpoint("http", url => url.DisplayText = "Status");
        password.WithParentRelationship(garnet);
        return garnet;
    }

    // As Aspire names the volumes of containers: two clones of this repository are two queues.
    private static string Folder(IDistributedApplicationBuilder builder, string name) =>
        Configured(builder) is { Length: > 0 } configured
            ? Path.GetFullPath(configured)
            : Path.Combine(
                Environment.GetFolderPath(Environment.SpecialFolder.LocalApplicationData, Environment.SpecialFolderOption.DoNotVerify) is { Length: > 0 } data
                    ? data : builder.AppHostDirectory,
                "slimta-apphost", $"{builder.Configuration["AppHost:PathSha256"]?[..10].ToLowerInvariant()}-{name}");

    private static string? Configured(IDistributedApplicationBuilder builder)
    {
        var folder = builder.Configuration["Garnet:Folder"];
        if (builder.Configuration["Queue:Folder"] is not { Length: > 0 } old)
            return folder;
        builder.Eventing.Subscribe<BeforeStartEvent>((started, _) =>
        {
            LogRenamed(started.Services.GetRequiredService<ILoggerFactory>().CreateLogger("Slimta.AppHost"),
                folder is null ? "The old name works until version 0.3" : "Both are set: Queue:Folder is passed over");
            return Task.CompletedTask;
        });
        return folder ?? old;
    }

    [LoggerMessage(83, LogLevel.Warning, "The setting Queue:Folder is called Garnet:Folder now. {Therefore}")]
    private static partial void LogRenamed(ILogger logger, string therefore);
}
