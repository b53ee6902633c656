using System.Reflection;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;
using Microsoft.Extensions.DependencyInjection;
using Slimta.Edge.Http;
using Slimta.Mailbox;
using Slimta.Storage;

namespace Slimta.Standalone;

/// <summary>The page at "/", and its data.</summary>
internal static class StatusPage
{
    public static void AddStatusPage(this WebApplicationBuilder builder, Roles roles) =>
        builder.Services.AddSingleton(services => new StatusReader(roles,
            services.GetService<IQueueOperator>(), services.GetService<GarnetGuard>(), services.GetService<DeliveryLog>(), services.GetService<MailboxStore>(),
            services.GetService<IQueueRules>()));

    public static void MapStatusPage(this WebApplication app)
    {
        // Guarded like POST /messages: it shows mail.
        var page = app.MapGroup("").RequireEdgeAccess().ExcludeFromDescription();
        page.MapFile("/", "status.html", "text/html; charset=utf-8");
        page.MapFile("/status.js", "status.js", "text/javascript; charset=utf-8");
        page.MapFile("/status.css", "status.css", "text/css; charset=utf-8");
        page.MapGet("/status", async (StatusReader reader, HttpContext http) =>
            Results.Json(await reader.ReadAsync(http.RequestAborted), StatusJson.Default.StatusReport));
    }

    private static void MapFile(this RouteGroupBuilder page, string path, string name, string type)
    {
        var bytes = Read(name);
        page.MapGet(path, () => Results.Bytes(bytes, type));
    }

    private static byte[] Read(string name)
    {
        using var resource = Assembly.GetExecutingAssembly().GetManifestResourceStream(name)!;
        using var bytes = new MemoryStream();
        resource.CopyTo(bytes);
        return bytes.ToArray();
    }
}
