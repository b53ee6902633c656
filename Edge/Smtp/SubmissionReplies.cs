using Slimta.Smtp;

namespace Slimta.Edge.Smtp;

/// <summary>The outcome of a submission as SMTP says it.</summary>
internal static class SubmissionReplies
{
    public static SmtpReply Of(SubmissionResult result)
    {
        var (code, status) = result.Outcome switch
        {
            SubmissionOutcome.Queued => (250, "2.6.0"),
            // It closes the session at once (RFC 5321 §3.8): a client that withholds the end of its message would go on holding what it holds.
            SubmissionOutcome.Busy => (421, "4.3.2"),
            SubmissionOutcome.Full => (452, "4.3.1"),
            SubmissionOutcome.Unavailable => (451, "4.3.0"),
            SubmissionOutcome.Misconfigured => (451, "4.3.5"),
            SubmissionOutcome.TooLarge or SubmissionOutcome.HeaderTooLarge => (552, "5.3.4"),
            SubmissionOutcome.Looping => (554, "5.4.6"),
            SubmissionOutcome.SenderNotAllowed or SubmissionOutcome.FromNotUnderstood or SubmissionOutcome.RecipientNotAllowed => (550, "5.7.1"),
            SubmissionOutcome.BareLineEnd or SubmissionOutcome.LineTooLong => (554, "5.6.0"),
            SubmissionOutcome.KeyOfAnotherMessage => (550, "5.5.0"),
            _ => throw new System.Diagnostics.UnreachableException(),
        };
        return new(code, status, result.Text);
    }
}
