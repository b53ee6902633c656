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

    /// <summary>Where everything goes that no route names: "host", "host:port", or a URL as in <see cref="RouteOptions.NextHop"/>. Unset: by MX.</summary>
    public string? Smarthost { get; set; }

    /// <summary>By domain: "example.com", "*.example.com" (below it), "*" (the rest).</summary>
    public Dictionary<string, RouteOptions> Routes { get; set; } = new(StringComparer.OrdinalIgnoreCase);

    /// <summary>
    /// A PEM file of certificate authorities that are trusted beside the system's, such as that of a private smarthost. It is read at
    /// the start.
    /// </summary>
    public string? TrustedCertificates { get; set; }

    /// <summary>What we call ourselves (RFC 5321 §4.1.1.1); by default the host's name.</summary>
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

    [Required]
    public ClientTimeouts Timeouts { get; set; } = new();

    /// <summary>Signing keys by the domain of the From field, or a parent of it; more than one key makes more than one signature.</summary>
    public Dictionary<string, DkimOptions[]> Dkim { get; set; } = new(StringComparer.OrdinalIgnoreCase);
}

/// <summary>What becomes of lines that are longer than SMTP allows.</summary>
public enum LongLines
{
    /// <summary>The part is encoded, unless that would break a signature (RFC 1847, DKIM); then it passes as it came.</summary>
    Encode,

    /// <summary>They pass as they came.</summary>
    Keep,
}

/// <summary>Whether a message that may have been delivered is delivered again.</summary>
public enum UnknownOutcome
{
    /// <summary>Better twice than never (RFC 5321 §6.1).</summary>
    Retry,

    /// <summary>Better never than twice.</summary>
    AssumeDelivered,

    /// <summary>An operator decides.</summary>
    Hold,
}

/// <summary>Where the mail of a domain goes: "Relay:Routes:example.com".</summary>
public sealed class RouteOptions
{
    /// <summary>
    /// The kind of delivery (default smtp, which is LMTP's too): a name that <see cref="Delivery.DeliveryRegistration.AddDelivery"/> gave.
    /// Another kind than smtp has its own settings, and none of those below.
    /// </summary>
    public string Delivery { get; set; } = DeliveryRegistration.Smtp;

    /// <summary>
    /// "host", "host:port", or a URL: smtp://host:25, smtps://host:465 (TLS at once), lmtp://host:24; with user:password@ it logs in.
    /// </summary>
    public string NextHop { get; set; } = "";

    /// <summary>Opportunistic (default), Required, Implicit or None.</summary>
    public TlsMode? Tls { get; set; }
    public bool AllowInvalidCertificate { get; set; }
    public string? Username { get; set; }
    public string? Password { get; set; }
    public bool AllowClearTextPassword { get; set; }

    internal bool IsSmtp => DeliveryRegistration.AreSame(Delivery, DeliveryRegistration.Smtp);

    /// <summary>The first setting that only SMTP has.</summary>
    internal string? FirstOfSmtp() =>
        NextHop.Length > 0 ? nameof(NextHop)
        : Tls is not null ? nameof(Tls)
        : AllowInvalidCertificate ? nameof(AllowInvalidCertificate)
        : Username is not null ? nameof(Username)
        : Password is not null ? nameof(Password)
        : AllowClearTextPassword ? nameof(AllowClearTextPassword)
        : null;
}

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

    /// <summary>A wait is up to this much longer or shorter (default 0.1), so that what failed together does not come back together.</summary>
    [Range(0.0, 0.9, ErrorMessage = "Relay:Retry:Jitter must be from 0 to 0.9; the default is 0.1.")]
    public double Jitter { get; set; } = 0.1;

    /// <summary>After this long the relay gives up (default 5 days, RFC 5321 §4.5.4.1).</summary>
    [Range(typeof(TimeSpan), "00:00:00", "365.00:00:00", ErrorMessage = "Relay:Retry:MaxAge must be from 00:00:00 to 365.00:00:00; the default is 5.00:00:00.")]
    public TimeSpan MaxAge { get; set; } = TimeSpan.FromDays(5);

    /// <summary>What is held for an operator is bounced after this long (default: as MaxAge); without a sender it is dropped.</summary>
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

/// <summary>Delivery by MX: "Relay:Mx".</summary>
public sealed class MxOptions
{
    /// <summary>DNS servers as "address" or "address:port"; by default the system's.</summary>
    public string[] DnsServers { get; set; } = [];

    [Range(1, 65535, ErrorMessage = "Relay:Mx:Port must be from 1 to 65535; the default is 25.")]
    public int Port { get; set; } = 25;

    /// <summary>Deliver to a domain whose mail server has a private address or one of our own.</summary>
    public bool AllowPrivateAddresses { get; set; }

    /// <summary>For all that an attempt asks the DNS, of a domain and of its mail servers (default 10 s).</summary>
    [Range(typeof(TimeSpan), "00:00:00.100", "00:01:00", ErrorMessage = "Relay:Mx:Timeout must be from 00:00:00.100 to 00:01:00; the default is 00:00:10.")]
    public TimeSpan Timeout { get; set; } = TimeSpan.FromSeconds(10);
}

/// <summary>A signing key: "Relay:Dkim:example.com:0".</summary>
public sealed class DkimOptions
{
    /// <summary>The key is published at selector._domainkey.domain.</summary>
    public string Selector { get; set; } = "";

    /// <summary>A file with the private key in PEM: RSA, or Ed25519 (RFC 8463).</summary>
    public string KeyFile { get; set; } = "";
}
