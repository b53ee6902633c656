using System.ComponentModel.DataAnnotations;

namespace Slimta.Relay.Bounces;

/// <summary>Reports to senders: "Relay:Bounces".</summary>
public sealed class BounceOptions
{
    /// <summary>False: no sender is told that a message could not be delivered (default true).</summary>
    public bool Enabled { get; set; } = true;

    /// <summary>Where reports say they come from; by default MAILER-DAEMON at the relay's name. The envelope's sender is always null.</summary>
    public string? From { get; set; }

    /// <summary>The sender is told once that a message is late, after this long (default 4 h); 0: never.</summary>
    [Range(typeof(TimeSpan), "00:00:00", "365.00:00:00", ErrorMessage = "Relay:Bounces:DelayAfter must be from 00:00:00 (never) to 365.00:00:00; the default is 04:00:00.")]
    public TimeSpan DelayAfter { get; set; } = TimeSpan.FromHours(4);

    /// <summary>A larger original comes back as its header alone, even for RET=FULL (default 64 KiB).</summary>
    [Range(0, 10_000_000, ErrorMessage = "Relay:Bounces:MaxReturnedBytes must be from 0 to 10000000; the default is 65536.")]
    public int MaxReturnedBytes { get; set; } = 64 * 1024;

    /// <summary>
    /// Reports an hour to one domain about mail of unknown clients (default 60; 0: none): their senders may be forged, and more reports would
    /// make this relay a source of backscatter. Each relay counts for itself.
    /// </summary>
    [Range(0, 100_000, ErrorMessage = "Relay:Bounces:ToStrangersPerHour must be from 0 (none) to 100000; the default is 60.")]
    public int ToStrangersPerHour { get; set; } = 60;
}
