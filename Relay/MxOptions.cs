using System.ComponentModel.DataAnnotations;

namespace Slimta.Relay;

/// <summary>Delivery by MX: "Relay:Mx".</summary>
public sealed class MxOptions
{
    /// <summary>DNS servers as "address" or "address:port"; by default the system's.</summary>
    public string[] DnsServers { get; set; } = [];

    /// <summary>The port of MX hosts (default 25); change it only where a firewall or a test needs it.</summary>
    [Range(1, 65535, ErrorMessage = "Relay:Mx:Port must be from 1 to 65535; the default is 25.")]
    public int Port { get; set; } = 25;

    /// <summary>Deliver to a domain whose mail server has a private address or one of our own.</summary>
    public bool AllowPrivateAddresses { get; set; }

    /// <summary>The time for all DNS queries of an attempt, for a domain and its mail servers (default 10 s).</summary>
    [Range(typeof(TimeSpan), "00:00:00.100", "00:01:00", ErrorMessage = "Relay:Mx:Timeout must be from 00:00:00.100 to 00:01:00; the default is 00:00:10.")]
    public TimeSpan Timeout { get; set; } = TimeSpan.FromSeconds(10);
}
