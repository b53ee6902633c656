namespace Slimta.Storage;

/// <summary>An operator's order on a message.</summary>
public sealed record OperatorOrder
{
    private const int MostRouteName = 255;

    private OperatorOrder(OrderKind kind) => Kind = kind;

    public OrderKind Kind { get; }

    /// <summary>The reason of a hold or of a drop, the text of a bounce, the name of a route.</summary>
    public string Text { get; private init; } = "";

    /// <summary>Who gives it, for the message's history and for the reason of a hold.</summary>
    public string? By { get; init; }

    public Due Due { get; private init; }

    /// <summary>The job that carries it out: once for each message, and counted.</summary>
    internal string? Job { get; init; }

    /// <summary>Due now.</summary>
    public static OperatorOrder Retry { get; } = new(OrderKind.Retry);

    /// <summary>End it, with no report to its sender.</summary>
    public static OperatorOrder Drop { get; } = new(OrderKind.Drop);

    /// <inheritdoc cref="Drop"/>
    /// <param name="reason">Why, for those who find it in the history.</param>
    public static OperatorOrder DropFor(string reason)
    {
        ArgumentException.ThrowIfNullOrWhiteSpace(reason);
        return new(OrderKind.Drop) { Text = reason };
    }

    public static OperatorOrder Reschedule(DateTimeOffset at) => new(OrderKind.Reschedule) { Due = Due.At(at) };

    /// <summary>Put it back into the schedule.</summary>
    public static OperatorOrder Release(Due due = default) => new(OrderKind.Release) { Due = due };

    /// <summary>Keep it out of the schedule until it is released.</summary>
    public static OperatorOrder Hold(string reason)
    {
        ArgumentException.ThrowIfNullOrWhiteSpace(reason);
        return new(OrderKind.Hold) { Text = reason };
    }

    /// <summary>
    /// End it without another attempt, and report <paramref name="text"/> to its sender for each recipient that still waits. The next free
    /// relay does both in one step: it writes all reports. A later order, given before that, replaces this one.
    /// </summary>
    public static OperatorOrder Bounce(string text)
    {
        ArgumentException.ThrowIfNullOrWhiteSpace(text);
        return new(OrderKind.Bounce) { Text = text };
    }

    /// <summary>
    /// Due now, also from hold, and from now on by the route that the relays know by this name, in place of the routes that their tables have
    /// for its recipients. A relay that knows no such route defers the message, and its attempt says so.
    /// </summary>
    /// <param name="name">Null or empty for the route of the relay's table again.</param>
    public static OperatorOrder Route(string? name)
    {
        ArgumentOutOfRangeException.ThrowIfGreaterThan(name?.Length ?? 0, MostRouteName, nameof(name));
        return new(OrderKind.Route) { Text = name ?? "" };
    }

    /// <summary>Makes the order again from the parts that a storage has kept.</summary>
    internal static OperatorOrder Of(OrderKind kind, string text, DateTimeOffset? at, string? by) =>
        new(kind) { Text = text, Due = at is { } time ? Due.At(time) : Due.Now, By = by };

    /// <summary>The filter's states that the order applies to; a message that is being delivered is reported, and left alone.</summary>
    /// <exception cref="ArgumentException">There is none.</exception>
    internal IReadOnlyList<MessageState> StatesOf(MessageFilter filter)
    {
        var states = States.Where(state => filter.State is null || filter.State == state).ToList();
        return states.Count > 0 ? states : throw new ArgumentException(
            $"{Word(Kind)} does not apply to messages that are {Word(filter.State)}: the state must be {string.Join(" or ", States.Where(state => state != MessageState.Leased).Select(state => Word(state)))}, or left out.", nameof(filter));
    }

    private static string Word<T>(T value) => $"{value}".ToLowerInvariant();

    private MessageState[] States => Kind switch
    {
        OrderKind.Retry => [MessageState.Scheduled, MessageState.Leased],
        OrderKind.Reschedule or OrderKind.Hold => [MessageState.Due, MessageState.Scheduled, MessageState.Leased],
        OrderKind.Release => [MessageState.Held],
        _ => [MessageState.Due, MessageState.Scheduled, MessageState.Leased, MessageState.Held],
    };

    /// <summary>It was done already: the walk met again what it has just changed.</summary>
    internal bool IsDone(QueueListing listing) => Kind switch
    {
        OrderKind.Reschedule => Due.ToArgument() == Due.At(listing.Timestamp).ToArgument(),
        OrderKind.Bounce => listing.State == MessageState.Due && listing.Message?.BounceText == Text,
        OrderKind.Route => listing.State == MessageState.Due && (listing.Message?.Route ?? "") == Text,
        _ => false,
    };
}
