using System.Net;
using System.Net.Sockets;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;

namespace Aspire.Hosting;

/// <summary>Logs at the start which ports of this machine are taken: the orchestrator goes on without them, and says nothing.</summary>
internal static partial class TakenPorts
{
    /// <summary>Once for an AppHost.</summary>
    public static void Watch(IDistributedApplicationBuilder builder)
    {
        if (builder.ExecutionContext.IsPublishMode || builder.Services.Any(service => service.ServiceType == typeof(Watched)))
            return;
        builder.Services.AddSingleton<Watched>();
        var random = bool.TryParse(builder.Configuration["DcpPublisher:RandomizePorts"], out var randomized) && randomized;
        builder.Eventing.Subscribe<BeforeStartEvent>((started, _) =>
        {
            var logger = started.Services.GetRequiredService<ILoggerFactory>().CreateLogger("Slimta.AppHost");
            foreach (var (resource, endpoint, port) in random ? [] : Find(started.Model.Resources))
                LogTaken(logger, port, resource, endpoint, SettingOf(started.Model.Resources, resource, endpoint));
            return Task.CompletedTask;
        });
    }

    /// <summary>The endpoints whose port another program has.</summary>
    public static IEnumerable<(string Resource, string Endpoint, int Port)> Find(IEnumerable<IResource> resources) =>
        from resource in resources
        from endpoint in resource.Annotations.OfType<EndpointAnnotation>()
        where endpoint is { Protocol: ProtocolType.Tcp, Port: > 0 } && IsTaken(endpoint.Port.Value)
        select (resource.Name, endpoint.Name, endpoint.Port ?? 0);

    private static string SettingOf(IEnumerable<IResource> resources, string name, string endpoint) =>
        resources.Where(resource => resource.Name == name).SelectMany(resource => resource.Annotations.OfType<PortSettingAnnotation>())
            .FirstOrDefault(setting => setting.Endpoint == endpoint)?.Setting ?? $"the port of its endpoint {endpoint}";

    private static bool IsTaken(int port)
    {
        try
        {
            using var listener = new TcpListener(IPAddress.Loopback, port);
            listener.Start();
            return false;
        }
        catch (SocketException taken) when (taken.SocketErrorCode == SocketError.AddressAlreadyInUse)
        {
            return true;
        }
        catch (SocketException)
        {
            // Not ours to judge: the orchestrator may be allowed what this process is not.
            return false;
        }
    }

    [LoggerMessage(82, LogLevel.Error,
        "Port {Port} is taken by another program, so connections to it do not reach {Resource} ({Endpoint}). End that program, or choose another port: {Setting}")]
    private static partial void LogTaken(ILogger logger, int port, string resource, string endpoint, string setting);

    private sealed class Watched;
}

/// <summary>Names the setting of an endpoint's port.</summary>
internal sealed record PortSettingAnnotation(string Endpoint, string Setting) : IResourceAnnotation;
