namespace Aspire.Hosting.ApplicationModel;

/// <summary>A catch-all SMTP server with a page that shows the mail it received: a destination for mail in development.</summary>
public interface IMailboxResource : IResourceWithConnectionString, IResourceWithEndpoints, IResourceWithWaitSupport
{
    EndpointReference SmtpEndpoint { get; }

    /// <summary>smtp://host:port</summary>
    ReferenceExpression IResourceWithConnectionString.ConnectionStringExpression =>
        ReferenceExpression.Create($"smtp://{SmtpEndpoint.Property(EndpointProperty.HostAndPort)}");

    IEnumerable<KeyValuePair<string, ReferenceExpression>> IResourceWithConnectionString.GetConnectionProperties() =>
    [
        new("Host", ReferenceExpression.Create($"{SmtpEndpoint.Property(EndpointProperty.Host)}")),
        new("Port", ReferenceExpression.Create($"{SmtpEndpoint.Property(EndpointProperty.Port)}")),
        new("Uri", ((IResourceWithConnectionString)this).ConnectionStringExpression),
    ];
}
