using System.ComponentModel.DataAnnotations;

namespace Slimta.Edge;

/// <summary>The edge's settings: section "Edge" of the configuration, all optional.</summary>
/// <example><code>{ "Edge": { "Smtp": { "Port": 2525 }, "Relay": { "Domains": ["example.com"] } } }</code></example>
public sealed class EdgeOptions
{
    public const string Section = "Edge";

    /// <summary>The name in the banner, in Received and in new Message-IDs; by default the machine's.</summary>
    [Required(ErrorMessage = "Hostname must be a domain name; the default is the machine's name.")]
    [RegularExpression("^[A-Za-z0-9_]([A-Za-z0-9._-]{0,253}[A-Za-z0-9_])?$", ErrorMessage = "Hostname must be a domain name; the default is the machine's name.")]
    public string Hostname { get; set; } = Environment.MachineName;

    /// <summary>
    /// How long a write to the queue may take before the client is told to come back (default 30 s; a client waits 10 min for the
    /// reply to its final dot, RFC 5321 §4.5.3.2.6, but many give up after 60 s). A message written later than that is withdrawn.
    /// </summary>
    [Range(typeof(TimeSpan), "00:00:00.100", "00:10:00", ErrorMessage = "WriteTimeout must be from 00:00:00.100 to 00:10:00; the default is 00:00:30.")]
    public TimeSpan WriteTimeout { get; set; } = TimeSpan.FromSeconds(30);

    /// <summary>
    /// Received fields from which on a message counts as looping (default 100, the least that RFC 5321 §6.3 suggests).
    /// </summary>
    [Range(10, 1000, ErrorMessage = "MaxReceived must be from 10 to 1000; the default is 100.")]
    public int MaxReceived { get; set; } = 100;

    /// <summary>
    /// Bytes of a message's header (default 256 KiB; sendmail has 32 KiB, Exim 1 MiB). It is held in memory until it is whole,
    /// because missing fields are prepended to it.
    /// </summary>
    [Range(16 * 1024, 16 * 1024 * 1024, ErrorMessage = "MaxHeaderBytes must be from 16384 to 16777216; the default is 262144.")]
    public int MaxHeaderBytes { get; set; } = 256 * 1024;

    /// <summary>
    /// Keeps each message's subject (200 characters) and Message-ID with its envelope (default true), for operators to find it by and to
    /// see in lists. Set it to false where operators must not see subjects.
    /// </summary>
    public bool KeepSubject { get; set; } = true;

    /// <summary>Where mail for a bare <c>postmaster</c> goes (RFC 5321 §4.5.1), open to strangers; by default to postmaster at the edge's own name, with the usual rights.</summary>
    public string? Postmaster { get; set; }

    public SmtpEdgeOptions Smtp { get; set; } = new();

    public HttpEdgeOptions Http { get; set; } = new();

    public RelayAccessOptions Relay { get; set; } = new();

    /// <summary>
    /// Keys of operators, who may look at the queue and change it (default none): a name for each, and the SHA-256 of a random key in
    /// hexadecimal. A sender's key is not accepted.
    /// </summary>
    public Dictionary<string, string> OperatorKeys { get; set; } = new(StringComparer.Ordinal);

    /// <summary>
    /// Where a trace is shown, for the links of the operator's page, with {traceId} in it: such as
    /// http://localhost:15888/traces/detail/{traceId} for Aspire's dashboard. Default none: the page shows the id.
    /// </summary>
    public string? TraceUrl { get; set; }

    /// <summary>Users for AUTH, each with the hash of the password (<see cref="PasswordHash"/>).</summary>
    public Dictionary<string, string> Users { get; set; } = new(StringComparer.Ordinal);

    public LoginOptions Logins { get; set; } = new();

    /// <summary>
    /// Which senders a user or an API key may use, by its name: "example.com", "*.example.com", "ann@example.com" or "*" (any sender).
    /// Both the envelope's sender and the From field are held to it. The name "*" means all users and keys that are not named; without it they
    /// may not send. Default: none, and all may use any sender. Clients that are trusted by their network alone have no name.
    /// </summary>
    public Dictionary<string, string[]> Senders { get; set; } = new(StringComparer.Ordinal);
}
