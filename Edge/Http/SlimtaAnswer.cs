using Slimta.Smtp;

namespace Slimta.Edge.Http;

/// <summary>
/// The answer that python-slimta's HttpRelay reads: the reply in X-Smtp-Reply, which it goes by, not by the status. Without a body, and the
/// connection is closed, because HttpRelay reads no body, and Python's http.client then cannot use the connection again.
/// </summary>
internal static class SlimtaAnswer
{
    public static IResult To(HttpContext http, SmtpReply reply)
    {
        // A header field is ASCII.
        var text = Printable.Text($"{reply.EnhancedCode} {reply.Text}").Replace('"', '\'');
        http.Response.Headers["X-Smtp-Reply"] = $"{reply.Code}; message=\"{string.Concat(text.Select(c => char.IsAscii(c) ? c : '?'))}\"";
        http.Response.Headers.Connection = "close";
        return Results.StatusCode(reply switch
        {
            { IsPositive: true } => 204,
            { EnhancedCode: "4.7.0" } => 429,
            { IsTransient: true } => 503,
            { Code: 535 } => 401,
            { EnhancedCode: "5.7.1" } => 403,
            { EnhancedCode: "5.3.4" } => 413,
            _ => 400,
        });
    }
}
