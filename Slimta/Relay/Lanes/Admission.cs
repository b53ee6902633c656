using System.Diagnostics;

namespace Slimta.Relay.Lanes;

/// <summary>What a lane answers to who wants to deliver.</summary>
/// <param name="RetryAfter">Busy: when the destination will have time.</param>
/// <param name="Problem">Down: what the last try failed with.</param>
[DebuggerDisplay("{RetryAfter} {Problem}")]
internal readonly record struct Admission(TimeSpan? RetryAfter, string? Problem)
{
    public static Admission Granted => default;
    public bool IsGranted => RetryAfter is null && Problem is null;

    public static Admission Busy(TimeSpan retryAfter) => new(retryAfter, null);

    public static Admission Down(string problem) => new(null, problem);
}

/// <summary>The same for all lanes.</summary>
/// <param name="LongestTurn">A message sent back comes again after this long at the latest.</param>
internal sealed record LaneLimits(int Connections, TimeSpan Patience, TimeSpan Cooldown, TimeSpan LongestTurn);
