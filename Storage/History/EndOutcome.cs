namespace Slimta.Storage;

/// <summary>How a message ended.</summary>
public enum EndOutcome
{
    /// <summary>Its consumer was done with it: all recipients have it.</summary>
    Delivered,

    /// <summary>At least one recipient failed permanently, whether the sender was told or not.</summary>
    Bounced,

    /// <summary>An operator, or a rule, took it out of the queue.</summary>
    Dropped,
}
