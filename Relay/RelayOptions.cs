using System.ComponentModel.DataAnnotations;
using Slimta.Smtp.Client;

namespace Slimta.Relay;

/// <summary>The relay's settings: section "Relay" of the configuration, all optional.</summary>
/// <example><code>
/// { "Relay": { "Smarthost": "smtp.example.net:587", "Routes": { "example.com": { "NextHop": "lmtp://10.0.0.5:24" } } } }
/// </code></example>
public sealed class RelayOptions
{
    public const string Section = "Relay";

    /// <summary>
    /// The next hop for all mail without a route: "host", "host:port", or a URL as in <see cref="RouteOptions.NextHop"/>. Unset: by MX.
    /// </summary>
    public string? Smarthost { get; set; }

    /// <summary>Routes by domain: "example.com", "*.example.com" (below it), "*" (the rest).</summary>
    public Dictionary<string, RouteOptions> Routes { get; set; } = new(StringComparer.OrdinalIgnoreCase);

    /// <summary>
    /// Routes by a name, which carry no mail until an operator orders some to go that way (slimta route --via NAME): a second provider, for when
    /// the first is down. An operator can also order the routes of Routes, by their domain, and Smarthost, as "smarthost".
    /// </summary>
    public Dictionary<string, RouteOptions> NamedRoutes { get; set; } = new(StringComparer.OrdinalIgnoreCase);

    /// <summary>
    /// A PEM file of certificate authorities that are trusted beside the system's, such as that of a private smarthost. It is read at
    /// the start.
    /// </summary>
    public string? TrustedCertificates { get; set; }

    /// <summary>The name that we give in EHLO (RFC 5321 §4.1.1.1); by default the host's name.</summary>
    [RegularExpression(@"^[A-Za-z0-9.\-:\[\]]{1,255}$", ErrorMessage = "Relay:HelloName must be a domain name or an address literal.")]
    public string? HelloName { get; set; }

    /// <summary>Deliveries at once (default 100).</summary>
    [Range(1, 10_000, ErrorMessage = "Relay:Concurrency must be from 1 to 10000; the default is 100.")]
    public int Concurrency { get; set; } = 100;

    /// <summary>
    /// Deliveries, beside those, that the other side keeps waiting (default 1000): to destinations that have not answered yet, and to
    /// those that take longer than a second for a reply. Each costs a connection, and the memory for its message.
    /// </summary>
    [Range(1, 100_000, ErrorMessage = "Relay:MaxStalled must be from 1 to 100000; the default is 1000.")]
    public int MaxStalled { get; set; } = 1000;

    /// <summary>Connections to one destination at once (default 20, as many as the large providers bear).</summary>
    [Range(1, 1000, ErrorMessage = "Relay:ConnectionsPerDestination must be from 1 to 1000; the default is 20.")]
    public int ConnectionsPerDestination { get; set; } = 20;

    /// <summary>Messages over one connection (default 100).</summary>
    [Range(1, 100_000, ErrorMessage = "Relay:MessagesPerConnection must be from 1 to 100000; the default is 100.")]
    public int MessagesPerConnection { get; set; } = 100;

    /// <summary>How long a connection is kept for the next message (default 15 s; servers wait five minutes, RFC 5321 §4.5.3.2.7).</summary>
    [Range(typeof(TimeSpan), "00:00:00", "00:04:00", ErrorMessage = "Relay:ConnectionIdle must be from 00:00:00 to 00:04:00; the default is 00:00:15.")]
    public TimeSpan ConnectionIdle { get; set; } = TimeSpan.FromSeconds(15);

    /// <summary>Where room runs out, a message waits this long in memory for a slow destination (default 1 s); then it waits in the queue.</summary>
    [Range(typeof(TimeSpan), "00:00:00.050", "00:01:00", ErrorMessage = "Relay:Patience must be from 00:00:00.050 to 00:01:00; the default is 00:00:01.")]
    public TimeSpan Patience { get; set; } = TimeSpan.FromSeconds(1);

    /// <summary>After three connections in a row that failed, how long a destination is left alone (default 30 s).</summary>
    [Range(typeof(TimeSpan), "00:00:00", "01:00:00", ErrorMessage = "Relay:Cooldown must be from 00:00:00 to 01:00:00; the default is 00:00:30.")]
    public TimeSpan Cooldown { get; set; } = TimeSpan.FromSeconds(30);

    /// <summary>Deliveries under way get this long when the relay stops (default 20 s), less than the host's own 30 s.</summary>
    [Range(typeof(TimeSpan), "00:00:00", "00:30:00", ErrorMessage = "Relay:StopTimeout must be from 00:00:00 to 00:30:00; the default is 00:00:20.")]
    public TimeSpan StopTimeout { get; set; } = TimeSpan.FromSeconds(20);

    /// <summary>What to do when the final dot was sent and no reply came (default Retry).</summary>
    [EnumDataType(typeof(UnknownOutcome), ErrorMessage = "Relay:Unknown must be Retry, AssumeDelivered or Hold; the default is Retry.")]
    public UnknownOutcome Unknown { get; set; }

    /// <summary>What to do with a line of more than 998 octets (RFC 5321 §4.5.3.1.6) where the next hop lacks BINARYMIME (default Encode).</summary>
    [EnumDataType(typeof(LongLines), ErrorMessage = "Relay:LongLines must be Encode or Keep; the default is Encode.")]
    public LongLines LongLines { get; set; }

    [Required]
    public RetryOptions Retry { get; set; } = new();

    [Required]
    public MxOptions Mx { get; set; } = new();

    [Required]
    public BounceOptions Bounces { get; set; } = new();

    /// <summary>How long the relay waits for a remote server, command by command (RFC 5321 §4.5.3.2).</summary>
    [Required]
    public ClientTimeouts Timeouts { get; set; } = new();

    /// <summary>Signing keys by the domain of the From field, or a parent of it; more than one key makes more than one signature.</summary>
    public Dictionary<string, DkimOptions[]> Dkim { get; set; } = new(StringComparer.OrdinalIgnoreCase);
}
