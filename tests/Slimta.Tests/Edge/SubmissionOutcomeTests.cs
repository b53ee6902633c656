using Slimta.Edge.Http;

namespace Slimta.Tests.Edge;

public sealed class SubmissionOutcomeTests
{
    [Theory]
    [InlineData(nameof(SubmissionOutcome.Queued), "250 2.6.0 it queued", 202)]
    [InlineData(nameof(SubmissionOutcome.Busy), "421 4.3.2 Too much mail is arriving; try again later", 503)]
    [InlineData(nameof(SubmissionOutcome.Full), "452 4.3.1 The queue is full; try again later", 503)]
    [InlineData(nameof(SubmissionOutcome.Unavailable), "451 4.3.0 The queue cannot be reached; try again later", 503)]
    [InlineData(nameof(SubmissionOutcome.Misconfigured), "451 4.3.5 The queue cannot take mail safely; try again later", 503)]
    [InlineData(nameof(SubmissionOutcome.TooLarge), "552 5.3.4 Message size exceeds the limit", 413)]
    [InlineData(nameof(SubmissionOutcome.HeaderTooLarge), "552 5.3.4 Message header too large", 413)]
    [InlineData(nameof(SubmissionOutcome.Looping), "554 5.4.6 Too many hops; possible mail loop", 400)]
    [InlineData(nameof(SubmissionOutcome.SenderNotAllowed), "550 5.7.1 You may not send as it", 403)]
    [InlineData(nameof(SubmissionOutcome.FromNotUnderstood), "550 5.7.1 The message needs one From field, with addresses that you may use", 403)]
    [InlineData(nameof(SubmissionOutcome.RecipientNotAllowed), "550 5.7.1 Relay access denied", 403)]
    [InlineData(nameof(SubmissionOutcome.BareLineEnd), "554 5.6.0 Bare CR or LF in message; end lines with CRLF", 400)]
    [InlineData(nameof(SubmissionOutcome.LineTooLong), "554 5.6.0 Line too long in message", 400)]
    [InlineData(nameof(SubmissionOutcome.KeyOfAnotherMessage), "550 5.5.0 The Idempotency-Key was used before for another message.", 422)]
    public void Each_outcome_is_said_in_SMTP_and_in_HTTP(string name, string reply, int status)
    {
        var result = new SubmissionResult(Enum.Parse<SubmissionOutcome>(name), "it");
        Assert.Equal(reply, SubmissionReplies.Of(result).ToString());
        Assert.Equal(status, SubmissionStatus.Of(result.Outcome));
    }

    /// <summary>A new outcome fails here until each protocol has an answer for it.</summary>
    [Fact]
    public void No_protocol_lacks_an_outcome_nor_tells_another_time_to_come_back()
    {
        foreach (var outcome in Enum.GetValues<SubmissionOutcome>())
        {
            SubmissionResult result = outcome;
            Assert.NotEmpty(result.Text);
            Assert.Equal(result.IsTransient, SubmissionReplies.Of(result).IsTransient);
            Assert.Equal(result.IsTransient, SubmissionStatus.Of(outcome) == 503);
        }
    }
}
