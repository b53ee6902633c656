namespace Slimta.Relay;

/// <summary>Whether a message that may have been delivered is delivered again.</summary>
public enum UnknownOutcome
{
    /// <summary>Better twice than never (RFC 5321 §6.1).</summary>
    Retry,

    /// <summary>Better never than twice.</summary>
    AssumeDelivered,

    /// <summary>An operator decides.</summary>
    Hold,
}
