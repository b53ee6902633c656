using Slimta.Edge.Http;
using Slimta.Smtp;

namespace Slimta.Edge.Access;

/// <summary>A refusal in the words of the protocol that the client speaks: problem details (RFC 9457), or python-slimta's X-Smtp-Reply.</summary>
internal static class Refusal
{
    public static IResult To(HttpContext http, int status, SmtpReply reply, string? detail = null) =>
        SubmissionReader.IsSlimta(http.Request)
            ? SlimtaAnswer.To(http, status, reply)
            : Results.Problem(statusCode: status, title: reply.Text, detail: detail);
}
