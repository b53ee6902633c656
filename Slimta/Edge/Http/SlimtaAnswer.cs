using Microsoft.AspNetCore.Http;
using Slimta.Smtp;

namespace Slimta.Edge.Http;

/// <summary>
/// The answer that python-slimta's HttpRelay reads: the reply in X-Smtp-Reply, and a status as its WsgiEdge has it. Without a body,
/// and the connection is closed, because HttpRelay reads no body, and Python's http.client then cannot use the connection again.
/// </summary>
internal static class SlimtaAnswer
{
    public static IResult To(HttpContext http, SmtpReply reply)
    {
        var text = $"{reply.EnhancedCode} {reply.Text}".Replace("\"", "'", StringComparison.Ordinal);
        http.Response.Headers["X-Smtp-Reply"] = $"{reply.Code}; message=\"{text}\"";
        http.Response.Headers.Connection = "close";
        return Results.StatusCode(reply switch
        {
            { IsPositive: true } => 204,
            { IsTransient: true } => 503,
            { Code: 535 } => 401,
            _ => 500,
        });
    }
}
