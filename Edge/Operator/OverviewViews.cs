using Slimta.Storage;

namespace Slimta.Edge.Operator;

/// <param name="Bytes">What all messages store: their content and their attempt records. A destination's bytes are content alone.</param>
/// <param name="Examined">Messages that were looked at for the destinations.</param>
/// <param name="Complete">False if there are more: then the destinations' counts are estimates from those.</param>
/// <param name="Paused">The rule by which the whole queue is paused.</param>
/// <param name="Rules">How many rules are in force.</param>
/// <param name="Relays">The relays that are alive.</param>
internal sealed record OverviewView(long Messages, long Due, long Scheduled, long Leased, long Held, long Bytes, int Examined, bool Complete,
    int DestinationCount, IReadOnlyList<DestinationView> Destinations, RuleView? Paused, int Rules, IReadOnlyList<RelayView> Relays);

/// <param name="Time">When it said so.</param>
/// <param name="Started">Since when it runs.</param>
/// <param name="Limit">Deliveries it may have at once.</param>
internal sealed record RelayView(string Name, DateTimeOffset Time, DateTimeOffset? Started, int Delivering, int Limit)
{
    public static RelayView Of(RelayState state) => new(state.Name, state.Time, state.Started, state.Delivering, state.Limit);
}

/// <param name="State">paused, cooling down, failing, or delivering; absent where no relay deals with it at present.</param>
/// <param name="Paused">The rule that pauses it.</param>
/// <param name="Delivering">Deliveries under way, of all relays.</param>
/// <param name="Waiting">Messages that wait in a relay's hand for a connection.</param>
/// <param name="FailingSince">Since when every delivery has failed temporarily, at all relays that deal with it.</param>
/// <param name="CoolingUntil">The relays leave it alone until then.</param>
/// <param name="Server">The next hop with its port, where a route names it: its state is that of all domains with this next hop.</param>
/// <param name="LastError">The error of the last delivery; where no relay knows of one, that of the message that was tried most.</param>
internal sealed record DestinationView(
    string Domain, long Messages, long Due, long Scheduled, long Leased, long Held, long Bytes, DateTimeOffset Oldest, string? State, RuleView? Paused,
    int? Delivering, int? Waiting, DateTimeOffset? FailingSince, DateTimeOffset? CoolingUntil, string? Server, string? LastError)
{
    public static DestinationView Of(DestinationCounts d, RuleSet rules, IReadOnlyList<RelayState> relays)
    {
        var pause = rules.PauseOf(d.Domain);
        var live = relays.Select(relay => relay.Of(d.Domain)).OfType<DestinationState>().ToList();
        var cooling = live.Max(one => one.CoolingUntil);
        // A relay that has delivered there since knows better than one that has not tried again.
        var failing = live.TrueForAll(one => one.FailingSince is not null) ? live.Min(one => one.FailingSince) : null;
        var state = pause is not null ? "paused" : cooling is not null ? "cooling down" : failing is not null ? "failing" : live.Exists(one => one.IsActive) ? "delivering" : null;
        return new(d.Domain, d.Messages, d.Due, d.Scheduled, d.Leased, d.Held, d.Bytes, d.Oldest, state, RuleView.OfAny(pause),
            live.Count > 0 ? live.Sum(one => one.Delivering) : null, live.Count > 0 ? live.Sum(one => one.Waiting) : null, failing, cooling,
            (cooling is not null ? live.MaxBy(one => one.CoolingUntil) : failing is not null ? live.MinBy(one => one.FailingSince) : live.FirstOrDefault())?.Server,
            live.Count > 0 ? live.FirstOrDefault(one => one.Problem is not null)?.Problem : d.LastError);
    }
}
