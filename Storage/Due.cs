namespace Slimta.Storage;

/// <summary>
/// When a message is due. Now and After are by the clock of the queue's server, so that clients whose clocks differ
/// agree; At is an absolute time.
/// </summary>
public readonly record struct Due
{
    private readonly TimeSpan _delay;
    private readonly DateTimeOffset? _at;
    private readonly bool _inTurns;

    private Due(TimeSpan delay, DateTimeOffset? at, bool inTurns = false) => (_delay, _at, _inTurns) = (delay, at, inTurns);

    /// <summary>At once. The default.</summary>
    public static Due Now => default;

    /// <summary>After <paramref name="delay"/>, counted by the server from when it executes the operation.</summary>
    /// <exception cref="ArgumentOutOfRangeException">The delay is negative.</exception>
    public static Due After(TimeSpan delay)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(delay, TimeSpan.Zero);
        return new(delay, null);
    }

    /// <summary>
    /// After <paramref name="delay"/>, at the next half second of the server's clock: for a message that was not tried and only waits for its
    /// turn. Very many of these come back together, so mail written in between is the newest and need not wait behind them.
    /// </summary>
    /// <exception cref="ArgumentOutOfRangeException">The delay is negative.</exception>
    public static Due TurnAfter(TimeSpan delay)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(delay, TimeSpan.Zero);
        return delay == TimeSpan.Zero ? Now : new(delay, null, inTurns: true);
    }

    /// <summary>At an absolute time; one in the past means at once, before all that fell due later.</summary>
    /// <exception cref="ArgumentOutOfRangeException">The time is before 1970.</exception>
    public static Due At(DateTimeOffset time)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(time, DateTimeOffset.UnixEpoch);
        return new(TimeSpan.Zero, time);
    }

    public static implicit operator Due(TimeSpan delay) => After(delay);
    public static implicit operator Due(DateTimeOffset time) => At(time);

    /// <summary>For a storage: the absolute time of this when its clock says <paramref name="now"/>.</summary>
    public DateTimeOffset ToTime(DateTimeOffset now)
    {
        const long HalfSecond = TimeSpan.TicksPerSecond / 2;
        if (_at is { } at)
            return at;
        var time = now + _delay;
        return _inTurns ? new((time.Ticks + HalfSecond - 1) / HalfSecond * HalfSecond, time.Offset) : time;
    }

    /// <summary>The form that the scripts take: microseconds from now, with '~' rounded up, or '@' and microseconds since 1970.</summary>
    internal string ToArgument() => _at is { } at ? $"@{Microseconds.Since1970(at)}" : $"{(_inTurns ? "~" : "")}{Microseconds.Of(_delay)}";
}

/// <summary>
/// Scores and delays are whole microseconds: a sorted set's score is a double, exact to 2^53, which lasts to the year 2255.
/// </summary>
internal static class Microseconds
{
    /// <summary>2^53. A later time is written and read as this one.</summary>
    public const long Last = 1L << 53;

    public static long Since1970(DateTimeOffset time) => Math.Min(Last, (time - DateTimeOffset.UnixEpoch).Ticks / TimeSpan.TicksPerMicrosecond);

    public static long Of(TimeSpan span) => span.Ticks / TimeSpan.TicksPerMicrosecond;

    public static DateTimeOffset ToTime(long microseconds) =>
        DateTimeOffset.UnixEpoch.AddTicks(Math.Clamp(microseconds, 0, Last) * TimeSpan.TicksPerMicrosecond);

    /// <summary>A score may be anything that a double can be.</summary>
    public static DateTimeOffset ToTime(double score) => ToTime(double.IsNaN(score) ? 0 : (long)Math.Clamp(score, 0, Last));
}
