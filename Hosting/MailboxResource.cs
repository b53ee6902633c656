namespace Aspire.Hosting.ApplicationModel;

/// <summary>This repository's Standalone in its role "mailbox": its mail is in memory and goes with the process.</summary>
public sealed class MailboxResource(string name) : ProjectResource(name), IMailboxResource
{
    public EndpointReference SmtpEndpoint => field ??= new(this, MailboxExtensions.SmtpEndpointName);
}
