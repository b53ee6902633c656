namespace Slimta.Relay.Destinations;

/// <summary>How fast deliveries end, as seen over the last seconds: older ends count half, and half again.</summary>
internal struct ServiceRate(long start)
{
    private const double Seconds = 10;

    private long _start = start;
    private double _ended;

    public void Count() => _ended++;

    /// <summary>While none has ended, all the time that has passed.</summary>
    public double SecondsPerDelivery(long now, TimeProvider time)
    {
        var seconds = time.GetElapsedTime(_start, now).TotalSeconds;
        while (seconds > Seconds)
        {
            seconds /= 2;
            _ended /= 2;
            _start = now - (long)(seconds * time.TimestampFrequency);
        }
        return seconds / Math.Max(1, _ended);
    }
}
