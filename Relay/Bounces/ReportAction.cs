namespace Slimta.Relay.Bounces;

/// <summary>What a sender is told of a recipient, the worst first: RFC 3464 §2.3.3. "delivered" and "expanded" are for servers that deliver; we relay.</summary>
internal enum ReportAction
{
    Failed,

    /// <summary>Failed because the time for delivery is over: the last attempt ended with a temporary problem.</summary>
    Expired,
    Delayed,

    /// <summary>Passed on to a server that does not report success (RFC 3461 §5.2.2).</summary>
    Relayed,
}
