using Slimta.Storage;

namespace Slimta.Relay.Bounces;

/// <summary>The contents of a report to a sender: the message, and the outcome for each recipient.</summary>
internal sealed record Report
{
    public required QueuedMessage Message { get; init; }
    public required IReadOnlyList<ReportedRecipient> Recipients { get; init; }

    /// <summary>Name of the reporting host (RFC 3464 §2.2.2).</summary>
    public required string ReportingMta { get; init; }
    public required DateTimeOffset Time { get; init; }

    /// <summary>Recipients that the report leaves out.</summary>
    public int Unnamed { get; init; }

    /// <summary>For delays: until when delivery is tried.</summary>
    public DateTimeOffset? RetryUntil { get; init; }
}

/// <summary>One recipient of a report (RFC 3464 §2.3).</summary>
/// <param name="Status">Enhanced status code (RFC 3463).</param>
/// <param name="Diagnostic">The remote server's words with its codes, or ours.</param>
/// <param name="IsSmtp">The diagnostic is a server's reply.</param>
internal sealed record ReportedRecipient(Recipient Recipient, ReportAction Action, string Status, string Diagnostic, bool IsSmtp)
{
    public string? RemoteMta { get; init; }
    public DateTimeOffset LastAttempt { get; init; }
}

/// <summary>RFC 3464 §2.3.3. "delivered" and "expanded" are for servers that deliver; we relay.</summary>
internal enum ReportAction
{
    Failed,
    Delayed,

    /// <summary>Passed on to a server that does not report success (RFC 3461 §5.2.2).</summary>
    Relayed,
}
