namespace Slimta.Edge.Access;

/// <summary>
/// Logs that mail is refused because the queue cannot take it: the first message at once, then a count each minute, and the end. Otherwise each
/// message would have its own line, thousands in an outage.
/// </summary>
internal sealed class RefusalLog(TimeProvider time, ILogger log)
{
    private static readonly TimeSpan Interval = TimeSpan.FromMinutes(1);

    private readonly Lock _gate = new();
    private volatile bool _lasts;
    private long _saidAt;
    private int _unsaid;
    private int _all;

    public void Refused(string id, string problem)
    {
        lock (_gate)
        {
            _all++;
            if (!_lasts)
            {
                (_lasts, _saidAt, _unsaid, _all) = (true, time.GetTimestamp(), 0, 1);
                EdgeLog.WriteFailed(log, id, problem);
                return;
            }
            _unsaid++;
            if (time.GetElapsedTime(_saidAt) < Interval)
                return;
            EdgeLog.WritesFailed(log, _unsaid, problem);
            (_saidAt, _unsaid) = (time.GetTimestamp(), 0);
        }
    }

    /// <summary>A message was written.</summary>
    public void Accepted()
    {
        if (!_lasts)
            return;
        lock (_gate)
        {
            if (!_lasts)
                return;
            _lasts = false;
            EdgeLog.WritesWork(log, _all);
        }
    }
}
