namespace Slimta.Storage;

/// <summary>How far a recipient of a message in the queue is.</summary>
public enum RecipientState
{
    /// <summary>The recipient needs a further attempt.</summary>
    Waiting,

    /// <summary>The recipient needs no further attempt: the mail was delivered or is assumed to be, failed for good, ran out of time, or was dropped by a rule.</summary>
    Completed,

    /// <summary>Either.</summary>
    Any,
}
