using Microsoft.Extensions.Configuration;
using Slimta.AppHost;

var builder = DistributedApplication.CreateBuilder(args);
var publishing = builder.ExecutionContext.IsPublishMode;

IResourceBuilder<IResourceWithConnectionString> redis = builder.Configuration.GetConnectionString("redis") is { Length: > 0 }
    ? builder.AddConnectionString("redis")
    : builder.AddRedis("redis").WithEveryWriteOnDisk();

var edge = builder.AddProject<Projects.Edge>("edge")
    .WithReference(redis).WaitFor(redis)
    // Published, it would believe an X-Forwarded-For of anybody.
    .DisableForwardedHeaders()
    .WithHttpEndpoint()
    .WithHttpHealthCheck("/health")
    // When run, a proxy has the port and picks one for the process behind it; published, the process itself listens on it.
    .WithEndpoint(port: 2525, targetPort: publishing ? 2525 : null, scheme: "tcp", name: "smtp", env: "Edge__Smtp__Port")
    .WithHttpCommand("/messages", "Send a test message", commandName: "send-test-message",
        commandOptions: new() { IconName = "Send", IsHighlighted = true, PrepareRequest = TestMessage.Write })
    .WithHttpCommand("/operator/retry-all", "Retry all now", commandName: "retry-all",
        commandOptions: new() { IconName = "ArrowClockwise" });

var relay = builder.AddProject<Projects.Relay>("relay")
    .WithReference(redis).WaitFor(redis)
    .WithReplicas(2)
    .WithHttpEndpoint()
    .WithHttpHealthCheck("/health");

if (publishing)
{
    edge.WithEnvironment("Edge__Http__TrustLoopback", "false");
    // With user:password@ before the host it logs in, so all of it is a secret.
    relay.WithEnvironment("Relay__Smarthost", builder.AddParameter("smarthost", secret: true));
}
else
{
    var mailbox = builder.AddContainer("mailbox", "axllent/mailpit", "v1.30.5")
        .WithEndpoint(targetPort: 1025, scheme: "tcp", name: "smtp")
        .WithHttpEndpoint(targetPort: 8025)
        .WithHttpHealthCheck("/readyz")
        .WithUrlForEndpoint("http", url => url.DisplayText = "Delivered mail");
    relay.WithEnvironment("Relay__Smarthost", mailbox.GetEndpoint("smtp").Property(EndpointProperty.HostAndPort))
        .WaitFor(mailbox);
}

builder.Build().Run();
