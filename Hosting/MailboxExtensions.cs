namespace Aspire.Hosting;

public static class MailboxExtensions
{
    internal const string SmtpEndpointName = "smtp";

    /// <summary>
    /// Adds a mailbox that takes every message and shows it: Mailpit in a container, or <typeparamref name="TStandalone"/> where no
    /// container engine answers. For development only: it is not published.
    /// </summary>
    /// <typeparam name="TStandalone">The project of this repository's <c>Standalone</c>.</typeparam>
    public static IResourceBuilder<IMailboxResource> AddMailbox<TStandalone>(this IDistributedApplicationBuilder builder, [ResourceName] string name)
        where TStandalone : IProjectMetadata, new()
    {
        ArgumentNullException.ThrowIfNull(builder);
        return ContainerChoice.Of(builder).Containers ? builder.AddMailpit(name) : builder.AddOwnMailbox<TStandalone>(name);
    }

    private static IResourceBuilder<MailpitResource> AddMailpit(this IDistributedApplicationBuilder builder, string name) =>
        builder.AddResource(new MailpitResource(name))
            .WithImage("axllent/mailpit", "v1.30.5").WithImageRegistry("docker.io")
            .ExcludeFromManifest()
            .WithHttpEndpoint(targetPort: 8025)
            .WithEndpoint(targetPort: 1025, scheme: "smtp", name: SmtpEndpointName)
            .WithHttpHealthCheck("/readyz")
            .LookingLikeAMailbox("");

    private static IResourceBuilder<MailboxResource> AddOwnMailbox<TStandalone>(this IDistributedApplicationBuilder builder, string name)
        where TStandalone : IProjectMetadata, new() =>
        builder.AddResource(new MailboxResource(name))
            .AsStandalone<MailboxResource, TStandalone>("mailbox")
            .WithEndpoint(scheme: "smtp", name: SmtpEndpointName, env: "Mailbox__Port")
            .LookingLikeAMailbox("/mailbox/");

    private static IResourceBuilder<TMailbox> LookingLikeAMailbox<TMailbox>(this IResourceBuilder<TMailbox> mailbox, string page) where TMailbox : IMailboxResource =>
        mailbox.WithIconName("MailInbox")
            .WithUrlForEndpoint("http", url =>
            {
                url.DisplayText = "Delivered mail";
                url.Url += page;
            })
            .WithUrlForEndpoint(SmtpEndpointName, url => url.DisplayText = $"SMTP {new Uri(url.Url).Authority}");
}
