namespace Aspire.Hosting;

public static class MailEdgeExtensions
{
    /// <summary>Adds an edge: it takes mail over SMTP and HTTP, and answers when the message is safe in the queue.</summary>
    /// <typeparam name="TEdge">The project of this repository's <c>Edge</c>, or a host of yours that calls <c>AddEdge</c>.</typeparam>
    /// <param name="smtpPort">The port of this machine, when run, and of the process, when published.</param>
    public static IResourceBuilder<ProjectResource> AddMailEdge<TEdge>(this IDistributedApplicationBuilder builder, [ResourceName] string name,
        IResourceBuilder<IResourceWithConnectionString> queue, int smtpPort = 2525)
        where TEdge : IProjectMetadata, new()
    {
        ArgumentNullException.ThrowIfNull(builder);
        ArgumentNullException.ThrowIfNull(queue);
        TakenPorts.Watch(builder);
        var publishing = builder.ExecutionContext.IsPublishMode;
        var edge = builder.AddProject<TEdge>(name)
            .WithReference(queue, MailQueueExtensions.ConnectionName).WaitFor(queue)
            .InTheAppHostsEnvironment()
            .WithHttpEndpoint()
            .WithMailProbes()
            .WithoutTelemetryRetry()
            .WithoutHttpsCertificate()
            // When run, a proxy has the port and picks one for the process behind it; published, the process itself listens on it.
            .WithEndpoint(port: smtpPort, targetPort: publishing ? smtpPort : null, scheme: "tcp", name: "smtp", env: "Edge__Smtp__Port")
            .WithAnnotation(new PortSettingAnnotation("smtp", "--SmtpPort 2526 where AppHost.cs reads it as ours does, else smtpPort of AddMailEdge"))
            // Published, it would believe an X-Forwarded-For of any client.
            .DisableForwardedHeaders()
            .WithIconName("MailArrowUp")
            .WithUrlForEndpoint("smtp", url => url.DisplayText = $"SMTP {new Uri(url.Url).Authority}")
            .WithUrlForEndpoint("http", url =>
            {
                url.DisplayText = "HTTP API";
                url.Url += "/openapi/v1.json";
            })
            .WithUrlForEndpoint("http", endpoint => new ResourceUrlAnnotation { Url = $"{endpoint.Url}/queue/", DisplayText = "Queue" })
            .WithTestMessageCommand()
            .WithRetryAllCommand()
            .WithPauseCommands()
            .WithReleaseHeldCommand();
        return publishing
            ? edge.WithEnvironment("Edge__Http__TrustLoopback", "false")
            : edge.WithEnvironment("Edge__Smtp__Address", "127.0.0.1").WithTracesIn(builder.Configuration["ASPNETCORE_URLS"]);
    }

    /// <summary>The operator's page links to traces in the dashboard, which stands at the first address of the AppHost.</summary>
    private static IResourceBuilder<ProjectResource> WithTracesIn(this IResourceBuilder<ProjectResource> edge, string? dashboard) =>
        dashboard?.Split(';')[0].TrimEnd('/') is { Length: > 0 } address ? edge.WithEnvironment("Edge__TraceUrl", address + "/traces/detail/{traceId}") : edge;
}
