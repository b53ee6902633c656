using System.Buffers;
using System.Net;
using System.Text.Json;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Diagnostics.HealthChecks;

namespace Slimta;

/// <summary>The answer of <c>/health</c>: a status for all clients, and each check's report for those that may read it.</summary>
public static class HealthAnswer
{
    internal static Task WriteAsync(HttpContext http, HealthReport report)
    {
        var mayRead = http.RequestServices.GetService<IHealthReaders>()?.MayRead(http) ?? IsLocalProgram(http);
        http.Response.ContentType = "application/json";
        var body = new ArrayBufferWriter<byte>();
        using (var json = new Utf8JsonWriter(body))
        {
            json.WriteStartObject();
            json.WriteString("status", report.Status.ToString());
            if (mayRead)
                WriteChecks(json, report);
            json.WriteEndObject();
        }
        return http.Response.Body.WriteAsync(body.WrittenMemory, http.RequestAborted).AsTask();
    }

    /// <summary>
    /// A <see cref="LocalClient"/> that is no web page: neither one of another site, nor one whose name was made to mean this machine.
    /// </summary>
    public static bool IsLocalProgram(HttpContext http)
    {
        ArgumentNullException.ThrowIfNull(http);
        var host = http.Request.Host.Host.Trim('[', ']');
        return LocalClient.Is(http)
            && (host.Length == 0 || IPAddress.TryParse(host, out _) || host.Equals("localhost", StringComparison.OrdinalIgnoreCase))
            && http.Request.Headers.Origin.Count == 0
            && http.Request.Headers["Sec-Fetch-Site"].ToString() is "" or "same-origin" or "none";
    }

    private static void WriteChecks(Utf8JsonWriter json, HealthReport report)
    {
        json.WriteStartArray("checks");
        foreach (var (name, entry) in report.Entries)
        {
            json.WriteStartObject();
            json.WriteString("name", name);
            json.WriteString("status", entry.Status.ToString());
            if ((entry.Description ?? entry.Exception?.Message) is { } words)
                json.WriteString("description", words);
            json.WriteEndObject();
        }
        json.WriteEndArray();
    }
}
