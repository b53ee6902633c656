using System.Net;
using System.Net.Sockets;
using Microsoft.Extensions.Configuration;

namespace Slimta.Standalone;

/// <summary>The values of settings that are not given: this machine only, mail to the mailbox, limits that the embedded Garnet can keep.</summary>
internal static class Defaults
{
    /// <summary>Content that the embedded queue takes, or a quarter of the memory where that is less: content is held in memory.</summary>
    private const long MaxBytes = 1L << 30;

    /// <summary>The default of Storage:MaxMessageBytes.</summary>
    private const long MaxMessageBytes = 50_000_000;
    private const int MaxMessages = 500_000;

    /// <summary>The history is held in memory as well, and each checkpoint writes all of it.</summary>
    private const int HistoryMessages = 10_000;
    private const int HistoryBytes = 32 << 20;

    public static Dictionary<string, string?> For(Roles roles, IConfiguration configured)
    {
        var defaults = new Dictionary<string, string?>(StringComparer.OrdinalIgnoreCase)
        {
            ["Logging:LogLevel:Microsoft"] = "Warning",
            ["Logging:LogLevel:System"] = "Warning",
            ["Logging:LogLevel:Polly"] = "Warning",
            ["Logging:LogLevel:Garnet"] = "Warning",
            // Reports each of its tasks that a stop cancels as a failure.
            ["Logging:LogLevel:Garnet.StoreWrapper"] = "Critical",
            ["Edge:Smtp:Address"] = "127.0.0.1",
            ["urls"] = roles.HasFlag(Roles.Edge) ? "http://localhost:5080" : "http://127.0.0.1:0",
        };
        if (roles == Roles.All)
        {
            // A person is waiting at the terminal for it to end.
            defaults["Relay:StopTimeout"] = "00:00:02";
            defaults["Edge:Smtp:Timeouts:Stop"] = "00:00:01";
            if (configured["Relay:Smarthost"] is null && configured["Relay:Routes:*:NextHop"] is null)
                defaults["Relay:Smarthost"] = $"127.0.0.1:{configured["Mailbox:Port"] ?? "1025"}";
        }
        if (roles.UsesEmbeddedQueue(configured))
        {
            // The folder has one process at a time: earlier leases under this name belong to a process that was killed.
            defaults["Storage:Owner"] = "standalone";
            defaults["Storage:MaxMessages"] = $"{MaxMessages}";
            defaults["Storage:HistoryMessages"] = $"{HistoryMessages}";
            defaults["Storage:HistoryBytes"] = $"{HistoryBytes}";
            var bytes = Math.Min(MaxBytes, GC.GetGCMemoryInfo().TotalAvailableMemoryBytes / 4);
            // On a very small machine the largest message must still fit.
            defaults["Storage:MaxBytes"] = $"{Math.Max(bytes, long.TryParse(configured["Storage:MaxMessageBytes"], out var largest) ? largest : MaxMessageBytes)}";
        }
        return defaults;
    }

    /// <summary>Port 0 becomes a free one now, as the relay and the start-up text name it before it is bound.</summary>
    public static void ChoosePorts(IConfiguration configuration)
    {
        foreach (var key in new[] { "Edge:Smtp:Port", "Mailbox:Port", "Garnet:Port" })
            if (configuration[key] is "0")
                configuration[key] = $"{FreePort()}";
    }

    public static bool UsesEmbeddedQueue(this Roles roles, IConfiguration configured) =>
        roles is Roles.Queue || (roles is Roles.All && string.IsNullOrEmpty(configured.GetConnectionString("redis")));

    /// <summary>
    /// A port of the loopback that is free right now. It is bound later, so it is below those that systems give to outgoing connections: one of
    /// these could get it meanwhile.
    /// </summary>
    public static int FreePort()
    {
        const int Tries = 100;
        for (var i = 0; i < Tries; i++)
        {
            if (Listen(Random.Shared.Next(20_000, 32_000)) is { } free)
                return free;
        }
        return Listen(0) ?? throw new StartException("No port of the loopback is free.");
    }

    private static int? Listen(int port)
    {
        try
        {
            using var listener = new TcpListener(IPAddress.Loopback, port);
            listener.Start();
            return ((IPEndPoint)listener.LocalEndpoint).Port;
        }
        catch (SocketException)
        {
            return null;
        }
    }
}
