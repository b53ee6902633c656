using Slimta.Storage;

namespace Slimta.Edge.Intake;

/// <summary>
/// The outcome for a message that a client hands in, independent of the protocol. Each protocol has one file that says it in its own terms:
/// SMTP in replies (<see cref="SubmissionReplies"/>), HTTP in statuses (<c>SubmissionStatus</c>).
/// </summary>
internal enum SubmissionOutcome
{
    /// <summary>It is durable in the queue; the subject is its id.</summary>
    Queued,

    /// <summary>Too much mail is on its way in at the moment.</summary>
    Busy,

    /// <summary>The queue has no room.</summary>
    Full,

    /// <summary>The queue did not answer, or not in time.</summary>
    Unavailable,

    /// <summary>The queue's server does not keep what it promises, or its data is not understood.</summary>
    Misconfigured,

    TooLarge,
    HeaderTooLarge,

    /// <summary>It has been through too many servers.</summary>
    Looping,

    /// <summary>The client may not use the sender, which is the subject.</summary>
    SenderNotAllowed,

    /// <summary>There is no From field that the client's right to send could be judged by.</summary>
    FromNotUnderstood,

    /// <summary>The client may not send to the recipient.</summary>
    RecipientNotAllowed,

    /// <summary>A CR or LF stands alone.</summary>
    BareLineEnd,
    LineTooLong,

    /// <summary>The idempotency key belongs to another message.</summary>
    KeyOfAnotherMessage,
}

/// <summary>An outcome, and what it is about.</summary>
/// <param name="Subject">The message's id, or the address that may not be used: printable.</param>
internal readonly record struct SubmissionResult(SubmissionOutcome Outcome, string? Subject = null)
{
    /// <summary>It was in the queue already, under the same idempotency key: nothing was added.</summary>
    public bool IsReplay { get; init; }

    /// <summary>The message's id once it is in the queue.</summary>
    public string? Id => Outcome == SubmissionOutcome.Queued ? Subject : null;

    /// <summary>Coming back later may help.</summary>
    public bool IsTransient => Outcome is SubmissionOutcome.Busy or SubmissionOutcome.Full or SubmissionOutcome.Unavailable or SubmissionOutcome.Misconfigured;

    /// <summary>The text for the client, in any protocol: it says nothing about the inside.</summary>
    public string Text => Outcome switch
    {
        SubmissionOutcome.Queued => $"{Subject} queued",
        SubmissionOutcome.Busy => "Too much mail is arriving; try again later",
        SubmissionOutcome.Full => "The queue is full; try again later",
        SubmissionOutcome.Unavailable => "The queue cannot be reached; try again later",
        SubmissionOutcome.Misconfigured => "The queue cannot take mail safely; try again later",
        SubmissionOutcome.TooLarge => "Message size exceeds the limit",
        SubmissionOutcome.HeaderTooLarge => "Message header too large",
        SubmissionOutcome.Looping => "Too many hops; possible mail loop",
        SubmissionOutcome.SenderNotAllowed => $"You may not send as {Subject}",
        SubmissionOutcome.FromNotUnderstood => "The message needs one From field, with addresses that you may use",
        SubmissionOutcome.RecipientNotAllowed => "Relay access denied",
        SubmissionOutcome.BareLineEnd => "Bare CR or LF in message; end lines with CRLF",
        SubmissionOutcome.LineTooLong => "Line too long in message",
        SubmissionOutcome.KeyOfAnotherMessage => "The Idempotency-Key was used before for another message.",
        _ => throw new System.Diagnostics.UnreachableException(),
    };

    public static implicit operator SubmissionResult(SubmissionOutcome outcome) => new(outcome);

    public static SubmissionResult Of(QueueException error) => error switch
    {
        MessageTooLargeException => SubmissionOutcome.TooLarge,
        QueueFullException => SubmissionOutcome.Full,
        IdempotencyConflictException => SubmissionOutcome.KeyOfAnotherMessage,
        UnsafeServerException or QueueFormatException => SubmissionOutcome.Misconfigured,
        _ => SubmissionOutcome.Unavailable,
    };
}
