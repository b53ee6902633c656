namespace Slimta.Storage;

/// <summary>How far a recipient of a message in the queue is.</summary>
public enum RecipientState
{
    /// <summary>The recipient needs a further attempt.</summary>
    Waiting,

    /// <summary>The recipient needs no further attempt: the mail was delivered, refused for good, or dropped by a rule.</summary>
    Completed,

    /// <summary>Either.</summary>
    Any,
}
