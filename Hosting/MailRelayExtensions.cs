namespace Aspire.Hosting;

public static class MailRelayExtensions
{
    /// <summary>Adds relays that share the queue: without a smarthost they deliver to the MX hosts of each domain.</summary>
    /// <typeparam name="TRelay">The project of this repository's <c>Relay</c>, or a host of yours that calls <c>AddRelay</c>.</typeparam>
    public static IResourceBuilder<ProjectResource> AddMailRelay<TRelay>(this IDistributedApplicationBuilder builder, [ResourceName] string name,
        IResourceBuilder<IResourceWithConnectionString> queue, int replicas = 2)
        where TRelay : IProjectMetadata, new()
    {
        ArgumentNullException.ThrowIfNull(builder);
        ArgumentNullException.ThrowIfNull(queue);
        return builder.AddProject<TRelay>(name)
            .WithReference(queue, MailQueueExtensions.ConnectionName).WaitFor(queue)
            .WithReplicas(replicas)
            .InTheAppHostsEnvironment()
            .WithHttpEndpoint()
            .WithMailProbes()
            .WithoutTelemetryRetry()
            .WithoutHttpsCertificate()
            .WithIconName("MailArrowForward")
            .WithUrlForEndpoint("http", url =>
            {
                url.DisplayText = "Health";
                url.Url += "/health";
            });
    }

    /// <summary>Delivers everything to this mailbox.</summary>
    public static IResourceBuilder<ProjectResource> WithSmarthost(this IResourceBuilder<ProjectResource> relay, IResourceBuilder<IMailboxResource> mailbox)
    {
        ArgumentNullException.ThrowIfNull(relay);
        ArgumentNullException.ThrowIfNull(mailbox);
        return relay.WithEnvironment("Relay__Smarthost", mailbox.Resource.ConnectionStringExpression)
            // A developer's machine has no domain name, and the mailbox asks for none.
            .WithEnvironment("Relay__HelloName", "relay.localhost")
            .WithReferenceRelationship(mailbox.Resource)
            .WaitFor(mailbox);
    }

    /// <summary>Delivers everything to the server that this parameter names: <c>smtp.example.com:587</c>, or with a login <c>smtp://user:password@smtp.example.com:587</c>.</summary>
    public static IResourceBuilder<ProjectResource> WithSmarthost(this IResourceBuilder<ProjectResource> relay, IResourceBuilder<ParameterResource> smarthost) =>
        relay.WithEnvironment("Relay__Smarthost", smarthost);
}
