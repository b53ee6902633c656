namespace Slimta.Smtp.Client;

/// <summary>The outcome for one recipient in a transaction.</summary>
/// <param name="Reply">The server's reply that decided it; null if none did.</param>
/// <param name="Problem">The problem where there is no reply.</param>
/// <param name="Stage">How far the conversation went.</param>
internal readonly record struct RecipientReply(TransactionOutcome Outcome, SmtpReply? Reply, string? Problem, SmtpStage Stage);

/// <summary>How a transaction ended for a recipient.</summary>
internal enum TransactionOutcome
{
    /// <summary>The server took responsibility (2yz to the final dot, RFC 5321 §4.2.5).</summary>
    Delivered,

    /// <summary>Refused temporarily (4yz), or the connection broke before the end of the content.</summary>
    Transient,

    /// <summary>Refused permanently (5yz), or cannot be sent.</summary>
    Permanent,

    /// <summary>We gave up before the end of the content.</summary>
    NotSent,

    /// <summary>All was sent and the reply never came: delivered or not is unknown (RFC 1047).</summary>
    Unknown,
}
