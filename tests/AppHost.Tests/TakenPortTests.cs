using System.Net;
using System.Net.Sockets;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;

namespace AppHost.Tests;

/// <summary>The orchestrator is silent about a port that another program has.</summary>
public sealed class TakenPortTests
{
    [Fact]
    public async Task A_port_that_another_program_has_is_named_with_what_sets_it()
    {
        using var other = new TcpListener(IPAddress.Loopback, 0);
        other.Start();
        var port = ((IPEndPoint)other.LocalEndpoint).Port;
        var lines = new LogLines();
        // Not by the AppHost's own entry point, which goes on to start by itself.
        var builder = DistributedApplication.CreateBuilder(new DistributedApplicationOptions { Args = ["--Containers", "false"], AssemblyName = nameof(AppHost), DisableDashboard = true });
        builder.AddMailEdge<Projects.Edge>("edge", builder.AddMailQueue<Projects.Standalone>("queue"), smtpPort: port);
        builder.Services.AddLogging(logging => logging.AddProvider(lines));
        await using var app = builder.Build();

        await builder.Eventing.PublishAsync(new BeforeStartEvent(app.Services, app.Services.GetRequiredService<DistributedApplicationModel>()));

        var said = Assert.Single(lines.Said, line => line.Contains("is taken", StringComparison.Ordinal));
        Assert.StartsWith($"Error: Port {port} is taken by another program, so connections to it do not reach edge (smtp).", said, StringComparison.Ordinal);
        Assert.Contains("--SmtpPort 2526", said, StringComparison.Ordinal);
    }
}
