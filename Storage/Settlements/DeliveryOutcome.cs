namespace Slimta.Storage;

/// <summary>How an attempt ended for a recipient.</summary>
public enum DeliveryOutcome
{
    /// <summary>The remote server took responsibility.</summary>
    Delivered,

    /// <summary>Refused temporarily (4yz, RFC 5321 §4.2.1), or not reachable.</summary>
    Transient,

    /// <summary>Refused permanently (5yz).</summary>
    Permanent,

    /// <summary>The attempt ended before this recipient's turn.</summary>
    NotSent,

    /// <summary>All was sent and the reply never came: delivered or not is unknown (RFC 1047).</summary>
    Unknown,

    /// <summary>An operator's rule dropped it: it was not sent, and is not reported.</summary>
    Dropped,
}
