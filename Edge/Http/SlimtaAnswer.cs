using Slimta.Smtp;

namespace Slimta.Edge.Http;

/// <summary>
/// The answer that python-slimta's HttpRelay reads: HttpRelay goes by the reply in X-Smtp-Reply, not by the status. Without a body, and the
/// connection is closed, because HttpRelay reads no body, and Python's http.client then cannot use the connection again.
/// </summary>
internal static class SlimtaAnswer
{
    public static IResult To(HttpContext http, SubmissionResult result)
    {
        if (result.IsReplay)
            http.Response.Headers[SubmissionStatus.ReplayField] = "true";
        return To(http, result.Id is null ? SubmissionStatus.Of(result.Outcome) : 204, SubmissionReplies.Of(result));
    }

    public static IResult To(HttpContext http, int status, SmtpReply reply)
    {
        // A header field is ASCII.
        var text = Printable.Text($"{reply.EnhancedCode} {reply.Text}").Replace('"', '\'');
        http.Response.Headers["X-Smtp-Reply"] = $"{reply.Code}; message=\"{string.Concat(text.Select(c => char.IsAscii(c) ? c : '?'))}\"";
        http.Response.Headers.Connection = "close";
        return Results.StatusCode(status);
    }
}
