using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Diagnostics.HealthChecks;
using Microsoft.Extensions.Hosting;

namespace Slimta.Storage.Tests;

/// <summary>A host that has a queue and nothing else, and looks at its server every second.</summary>
internal static class QueueHost
{
    public static async Task<IHost> StartAsync(string connectionString, string prefix = "slimta:")
    {
        var builder = Host.CreateEmptyApplicationBuilder(null);
        builder.Configuration["ConnectionStrings:redis"] = connectionString;
        builder.Configuration["Storage:Prefix"] = prefix;
        builder.Configuration["Storage:CheckInterval"] = "00:00:01";
        builder.AddMailQueue();
        var host = builder.Build();
        await host.StartAsync();
        return host;
    }

    public static async Task<HealthReportEntry> HealthAsync(IHost host) =>
        (await host.Services.GetRequiredService<HealthCheckService>().CheckHealthAsync()).Entries["mail queue"];
}
