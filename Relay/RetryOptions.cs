using System.ComponentModel.DataAnnotations;

namespace Slimta.Relay;

/// <summary>When to try again: "Relay:Retry".</summary>
public sealed class RetryOptions
{
    private static readonly TimeSpan[] Default =
        [.. new[] { 3, 7, 15, 30, 60, 120, 240 }.Select(minutes => TimeSpan.FromMinutes(minutes))];

    /// <summary>
    /// The waits after the first attempt, the second, and so on; the last repeats (default 3, 7, 15, 30 minutes, 1, 2 and 4 hours).
    /// Short at first, for greylisting (RFC 6647 §4.5); then as RFC 5321 §4.5.4.1 says.
    /// </summary>
    public TimeSpan[] Schedule { get; set; } = [];

    /// <summary>A wait is up to this much longer or shorter (default 0.1), so that messages that failed together do not come back together.</summary>
    [Range(0.0, 0.9, ErrorMessage = "Relay:Retry:Jitter must be from 0 to 0.9; the default is 0.1.")]
    public double Jitter { get; set; } = 0.1;

    /// <summary>After this long the relay gives up (default 5 days, RFC 5321 §4.5.4.1).</summary>
    [Range(typeof(TimeSpan), "00:00:00", "365.00:00:00", ErrorMessage = "Relay:Retry:MaxAge must be from 00:00:00 to 365.00:00:00; the default is 5.00:00:00.")]
    public TimeSpan MaxAge { get; set; } = TimeSpan.FromDays(5);

    /// <summary>A message held for an operator is bounced after this long (default: as MaxAge); without a sender it is dropped.</summary>
    [Range(typeof(TimeSpan), "00:01:00", "3650.00:00:00", ErrorMessage = "Relay:Retry:MaxHeldAge must be from 00:01:00 to 3650.00:00:00; the default is Relay:Retry:MaxAge.")]
    public TimeSpan? MaxHeldAge { get; set; }

    /// <summary>The wait after attempt number <paramref name="attempt"/>, counted from 0.</summary>
    internal TimeSpan After(int attempt)
    {
        var schedule = Schedule.Length > 0 ? Schedule : Default;
        return schedule[Math.Clamp(attempt, 0, schedule.Length - 1)];
    }

    /// <summary>The age at least of a message that was tried this often, where its arrival was not recorded.</summary>
    internal TimeSpan Sum(int attempts)
    {
        var sum = TimeSpan.Zero;
        for (var i = 0; i < attempts && sum < MaxAge; i++)
            sum += After(i);
        return sum;
    }
}
