using System.ComponentModel.DataAnnotations;

namespace Slimta.Smtp.Server;

/// <summary>How long a server waits.</summary>
public sealed class SmtpTimeouts
{
    private const string Any = "00:00:00.001";
    private const string Day = "1.00:00:00";

    /// <summary>For a whole command line, however slowly its bytes come (default 5 min, RFC 5321 §4.5.3.2.7).</summary>
    [Range(typeof(TimeSpan), Any, Day, ErrorMessage = "Command must be from 00:00:00.001 to 1.00:00:00; the default is 00:05:00.")]
    public TimeSpan Command { get; set; } = TimeSpan.FromMinutes(5);

    /// <summary>For the next bytes of content (default 3 min, RFC 5321 §4.5.3.2.5, as what clients grant us).</summary>
    [Range(typeof(TimeSpan), Any, Day, ErrorMessage = "DataIdle must be from 00:00:00.001 to 1.00:00:00; the default is 00:03:00.")]
    public TimeSpan DataIdle { get; set; } = TimeSpan.FromMinutes(3);

    /// <summary>For all of a message's content (default 30 min: 50 MB at 28 KB/s).</summary>
    [Range(typeof(TimeSpan), Any, Day, ErrorMessage = "DataTotal must be from 00:00:00.001 to 1.00:00:00; the default is 00:30:00.")]
    public TimeSpan DataTotal { get; set; } = TimeSpan.FromMinutes(30);

    /// <summary>For a session from connect to QUIT (default 6 h).</summary>
    [Range(typeof(TimeSpan), Any, "7.00:00:00", ErrorMessage = "Session must be from 00:00:00.001 to 7.00:00:00; the default is 06:00:00.")]
    public TimeSpan Session { get; set; } = TimeSpan.FromHours(6);

    /// <summary>For the TLS handshake (default 10 s, Kestrel's).</summary>
    [Range(typeof(TimeSpan), Any, Day, ErrorMessage = "Handshake must be from 00:00:00.001 to 1.00:00:00; the default is 00:00:10.")]
    public TimeSpan Handshake { get; set; } = TimeSpan.FromSeconds(10);

    /// <summary>For the header of the PROXY protocol (default 5 s: its proxies send it with the connection; its §2 asks for at least 3).</summary>
    [Range(typeof(TimeSpan), Any, Day, ErrorMessage = "ProxyHeader must be from 00:00:00.001 to 1.00:00:00; the default is 00:00:05.")]
    public TimeSpan ProxyHeader { get; set; } = TimeSpan.FromSeconds(5);

    /// <summary>How long the banner is held back to catch clients that do not wait for it (default none).</summary>
    [Range(typeof(TimeSpan), "00:00:00", "00:05:00", ErrorMessage = "Greeting must be from 00:00:00 to 00:05:00; the default is 00:00:00.")]
    public TimeSpan Greeting { get; set; }

    /// <summary>How long the answer to a failed AUTH is held back (default 2 s).</summary>
    [Range(typeof(TimeSpan), "00:00:00", "00:05:00", ErrorMessage = "AuthFailure must be from 00:00:00 to 00:05:00; the default is 00:00:02.")]
    public TimeSpan AuthFailure { get; set; } = TimeSpan.FromSeconds(2);

    /// <summary>For the transactions in flight when the server stops (default 20 s; a host gives its services 30 s).</summary>
    [Range(typeof(TimeSpan), "00:00:00", "00:30:00", ErrorMessage = "Stop must be from 00:00:00 to 00:30:00; the default is 00:00:20.")]
    public TimeSpan Stop { get; set; } = TimeSpan.FromSeconds(20);
}
