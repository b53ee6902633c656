namespace Slimta.Edge.Http;

/// <summary>The outcome of a submission as HTTP says it.</summary>
internal static class SubmissionStatus
{
    /// <summary>The answer is that to an earlier request.</summary>
    public const string ReplayField = "Idempotency-Replayed";

    public static int Of(SubmissionOutcome outcome) => outcome switch
    {
        SubmissionOutcome.Queued => 202,
        SubmissionOutcome.Busy or SubmissionOutcome.Full or SubmissionOutcome.Unavailable or SubmissionOutcome.Misconfigured => 503,
        SubmissionOutcome.TooLarge or SubmissionOutcome.HeaderTooLarge => 413,
        SubmissionOutcome.SenderNotAllowed or SubmissionOutcome.FromNotUnderstood or SubmissionOutcome.RecipientNotAllowed => 403,
        SubmissionOutcome.KeyOfAnotherMessage => 422,
        SubmissionOutcome.Looping or SubmissionOutcome.BareLineEnd or SubmissionOutcome.LineTooLong => 400,
        _ => throw new System.Diagnostics.UnreachableException(),
    };

    /// <summary>202 with the id, or problem details (RFC 9457).</summary>
    public static IResult Answer(HttpContext http, SubmissionResult result)
    {
        if (result.IsReplay)
            http.Response.Headers[ReplayField] = "true";
        if (result.Id is { } id)
            return Results.Json(new MessageAccepted(id, result.IsReplay ? true : null), EdgeJson.Default.MessageAccepted, statusCode: Of(result.Outcome));
        if (result.IsTransient)
            http.Response.Headers.RetryAfter = "30";
        if (Of(result.Outcome) is var status and not 400)
        {
            return Results.Problem(statusCode: status, title: result.Text,
                detail: result.Outcome == SubmissionOutcome.KeyOfAnotherMessage ? "Use a new key for a new message." : null);
        }
        var errors = new FieldErrors();
        errors.Add("body", result.Text);
        return errors.ToResult();
    }
}
