namespace Slimta.Smtp.Server;

/// <summary>
/// The one timer of a session. It is armed only while the session waits for its client, so a busy session does not touch it.
/// </summary>
internal sealed class Watchdog : IDisposable
{
    private readonly TimeProvider _time;
    private readonly ITimer _timer;
    private readonly long _sessionEnd;
    private volatile bool _expired;

    public Watchdog(TimeProvider time, TimeSpan session, Action expired)
    {
        _time = time;
        _sessionEnd = DeadlineAfter(session);
        _timer = time.CreateTimer(_ =>
        {
            _expired = true;
            expired();
        }, null, Timeout.InfiniteTimeSpan, Timeout.InfiniteTimeSpan);
    }

    public bool HasExpired => _expired;

    /// <summary>The timestamp that lies <paramref name="span"/> ahead.</summary>
    public long DeadlineAfter(TimeSpan span) => _time.GetTimestamp() + (long)(span.TotalSeconds * _time.TimestampFrequency);

    /// <summary>Lets the timer run to <paramref name="deadline"/>, or the session's end if that comes first.</summary>
    public void Arm(long deadline)
    {
        var left = _time.GetElapsedTime(_time.GetTimestamp(), Math.Min(deadline, _sessionEnd));
        _timer.Change(left > TimeSpan.Zero ? left : TimeSpan.Zero, Timeout.InfiniteTimeSpan);
    }

    public void Disarm() => _timer.Change(Timeout.InfiniteTimeSpan, Timeout.InfiniteTimeSpan);

    public void Dispose() => _timer.Dispose();
}
