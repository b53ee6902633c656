namespace Aspire.Hosting;

internal static class StandaloneExtensions
{
    /// <summary>The common part of resources that are this repository's Standalone in one of its roles.</summary>
    public static IResourceBuilder<TResource> AsStandalone<TResource, TStandalone>(this IResourceBuilder<TResource> resource, string role)
        where TResource : ProjectResource
        where TStandalone : IProjectMetadata, new() =>
        resource.WithAnnotation(new TStandalone())
            .WithProjectDefaults(new ProjectResourceOptions { ExcludeLaunchProfile = true })
            .ExcludeFromManifest()
            .WithArgs(role)
            .WithHttpEndpoint()
            .WithMailProbes()
            .WithoutTelemetryRetry()
            // None of its endpoints has TLS, and a missing developer certificate is no fault then.
            .WithoutHttpsCertificate()
            .InTheAppHostsEnvironment();

    /// <summary>/health: ready for mail. /alive: the process answers.</summary>
    public static IResourceBuilder<TResource> WithMailProbes<TResource>(this IResourceBuilder<TResource> resource) where TResource : ProjectResource =>
        resource.WithHttpProbe(ProbeType.Readiness, "/health").WithHttpProbe(ProbeType.Liveness, "/alive");

    /// <summary>
    /// Aspire sets an in-memory retry of telemetry, for a start at which the collector is not there yet; with one that is gone for good
    /// it would delay every stop. The batches that follow do as well.
    /// </summary>
    public static IResourceBuilder<TResource> WithoutTelemetryRetry<TResource>(this IResourceBuilder<TResource> resource) where TResource : ProjectResource =>
        resource.WithEnvironment(context => context.EnvironmentVariables.Remove("OTEL_DOTNET_EXPERIMENTAL_OTLP_RETRY"));

    /// <summary>
    /// Without a launch profile a process would take itself for production. The dashboard already shows the host's lines about its start.
    /// </summary>
    public static IResourceBuilder<TResource> InTheAppHostsEnvironment<TResource>(this IResourceBuilder<TResource> resource) where TResource : ProjectResource =>
        resource.ApplicationBuilder.ExecutionContext.IsPublishMode
            ? resource
            : resource.WithEnvironment("ASPNETCORE_ENVIRONMENT", resource.ApplicationBuilder.Environment.EnvironmentName)
                .WithEnvironment("Logging__LogLevel__Microsoft.Hosting.Lifetime", "Warning");
}
