using Slimta.Storage;

namespace Slimta.Relay.Attempts;

/// <summary>How the attempt for a message that was handed out ended.</summary>
internal enum AttemptOutcome
{
    /// <summary>No recipient is left: it is gone.</summary>
    Done,

    /// <summary>It is tried again by the schedule.</summary>
    Deferred,

    /// <summary>An operator decides.</summary>
    Held,

    /// <summary>Nothing was tried: its destination was busy, left alone or paused.</summary>
    Postponed,

    /// <summary>It was given back, due at once.</summary>
    Released,

    /// <summary>It went to another relay, or an earlier try to settle it was executed after all.</summary>
    Lost,

    /// <summary>The queue did not take the end of the attempt while the lease lived.</summary>
    Unsettled,
}

internal static class AttemptOutcomes
{
    public static AttemptOutcome Of(Settlement settlement) => settlement.Kind switch
    {
        SettlementKind.Remove => AttemptOutcome.Done,
        SettlementKind.Retry when settlement.Attempt is null => AttemptOutcome.Postponed,
        SettlementKind.Retry => AttemptOutcome.Deferred,
        _ => AttemptOutcome.Held,
    };

    /// <summary>In metrics, spans and log lines.</summary>
    public static string Name(this AttemptOutcome outcome) => outcome switch
    {
        AttemptOutcome.Done => "done",
        AttemptOutcome.Deferred => "deferred",
        AttemptOutcome.Held => "held",
        AttemptOutcome.Postponed => "postponed",
        AttemptOutcome.Released => "released",
        AttemptOutcome.Lost => "lost",
        AttemptOutcome.Unsettled => "unsettled",
        _ => throw new System.Diagnostics.UnreachableException(),
    };

    /// <summary>Recipients that have the message may get it again.</summary>
    public static bool IsUncertain(this AttemptOutcome outcome) => outcome is AttemptOutcome.Lost or AttemptOutcome.Unsettled;
}
