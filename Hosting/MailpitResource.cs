namespace Aspire.Hosting.ApplicationModel;

/// <summary>Mailpit, in a container.</summary>
public sealed class MailpitResource(string name) : ContainerResource(name), IMailboxResource
{
    public EndpointReference SmtpEndpoint => field ??= new(this, MailboxExtensions.SmtpEndpointName);
}
