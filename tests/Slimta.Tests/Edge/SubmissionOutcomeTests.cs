using Slimta.Edge.Http;

namespace Slimta.Tests.Edge;

public sealed class SubmissionOutcomeTests
{
    [Theory]
    [InlineData(nameof(SubmissionOutcome.Queued), "250 2.6.0 it queued", 202)]
    [InlineData(nameof(SubmissionOutcome.Busy), "421 4.3.2 Too much mail is on its way in at the moment; try again later", 503)]
    [InlineData(nameof(SubmissionOutcome.Full), "452 4.3.1 The queue takes no mail at the moment; try again later", 503)]
    [InlineData(nameof(SubmissionOutcome.Unavailable), "451 4.3.0 The queue cannot be reached; try again later", 503)]
    [InlineData(nameof(SubmissionOutcome.Misconfigured), "451 4.3.5 The queue is not fit to take mail at the moment; try again later", 503)]
    [InlineData(nameof(SubmissionOutcome.TooLarge), "552 5.3.4 Message too large", 413)]
    [InlineData(nameof(SubmissionOutcome.HeaderTooLarge), "552 5.3.4 The message's header is too large", 413)]
    [InlineData(nameof(SubmissionOutcome.Looping), "554 5.4.6 Too many hops; this message is looping", 400)]
    [InlineData(nameof(SubmissionOutcome.SenderNotAllowed), "550 5.7.1 You may not send as it", 403)]
    [InlineData(nameof(SubmissionOutcome.FromNotUnderstood), "550 5.7.1 The message needs one From field, with addresses that you may use", 403)]
    [InlineData(nameof(SubmissionOutcome.RecipientNotAllowed), "550 5.7.1 Not allowed to send to this recipient from here", 403)]
    [InlineData(nameof(SubmissionOutcome.BareLineEnd), "554 5.6.0 Lines end with CRLF, and nothing else may have a CR or LF", 400)]
    [InlineData(nameof(SubmissionOutcome.LineTooLong), "554 5.6.0 A line of the message is too long", 400)]
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
