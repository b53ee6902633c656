using System.ComponentModel.DataAnnotations;

namespace Slimta.Edge.Access;

/// <summary>Section "Edge:Logins": what guessing a password or an API key costs.</summary>
public sealed class LoginOptions
{
    /// <summary>Failures of an address before it must wait (default 5, as people mistype): 1 s, and twice as long after each more.</summary>
    [Range(1, 1000, ErrorMessage = "FreeFailures must be from 1 to 1000; the default is 5.")]
    public int FreeFailures { get; set; } = 5;

    /// <summary>Failures of a user, from all addresses, after which an address must wait from its first failure on (default 20).</summary>
    [Range(1, 100_000, ErrorMessage = "UserFailures must be from 1 to 100000; the default is 20.")]
    public int UserFailures { get; set; } = 20;

    /// <summary>The longest wait (default 15 min).</summary>
    [Range(typeof(TimeSpan), "00:00:01", "1.00:00:00", ErrorMessage = "MaxWait must be from 00:00:01 to 1.00:00:00; the default is 00:15:00.")]
    public TimeSpan MaxWait { get; set; } = TimeSpan.FromMinutes(15);

    /// <summary>Without a failure for this long, the earlier ones are forgotten (default 1 h).</summary>
    [Range(typeof(TimeSpan), "00:00:01", "7.00:00:00", ErrorMessage = "Forget must be from 00:00:01 to 7.00:00:00; the default is 01:00:00.")]
    public TimeSpan Forget { get; set; } = TimeSpan.FromHours(1);

    /// <summary>Passwords that may wait to be checked, for each core that checks (default 16, some 3 s of it); more are answered 454.</summary>
    [Range(1, 10_000, ErrorMessage = "MaxQueued must be from 1 to 10000; the default is 16.")]
    public int MaxQueued { get; set; } = 16;
}
