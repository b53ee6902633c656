using System.Diagnostics;

namespace Slimta.Relay.Destinations;

/// <summary>A lane's answer to a request to deliver.</summary>
/// <param name="Place">Granted: leave it when the delivery is over.</param>
/// <param name="RetryAfter">Busy: when the destination will have time.</param>
/// <param name="Problem">Down: the error of the last try.</param>
[DebuggerDisplay("{Place} {RetryAfter} {Problem}")]
internal readonly record struct Admission(Place? Place, TimeSpan? RetryAfter, RoutingFailure? Problem)
{
    public bool IsGranted => Place is not null;

    public static Admission Granted(Place place) => new(place, null, null);

    public static Admission Busy(TimeSpan retryAfter) => new(null, retryAfter, null);

    public static Admission Down(RoutingFailure problem) => new(null, null, problem);
}

/// <summary>A delivery's findings about its destination.</summary>
/// <param name="HasAnswered">It answers, with any reply.</param>
/// <param name="Problem">It does not.</param>
internal readonly record struct Contact(bool HasAnswered, RoutingFailure? Problem)
{
    public static Contact Answered { get; } = new(true, null);

    /// <summary>Nothing: our side gave up.</summary>
    public static Contact None => default;

    public static Contact Failed(string status, string problem) => new(false, new RoutingFailure(status, problem));
}

/// <summary>The same for all lanes.</summary>
/// <param name="LongestTurn">A message sent back comes again after this long at the latest.</param>
internal sealed record LaneLimits(int Connections, TimeSpan Patience, TimeSpan Cooldown, TimeSpan LongestTurn);
