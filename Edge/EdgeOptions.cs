using System.ComponentModel.DataAnnotations;
using Slimta.Smtp.Server;

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
    /// reply to its final dot, RFC 5321 §4.5.3.2.6, but many give up after 60 s). What is written later than that is withdrawn.
    /// </summary>
    [Range(typeof(TimeSpan), "00:00:00.100", "00:10:00", ErrorMessage = "WriteTimeout must be from 00:00:00.100 to 00:10:00; the default is 00:00:30.")]
    public TimeSpan WriteTimeout { get; set; } = TimeSpan.FromSeconds(30);

    /// <summary>Received fields with which a message is taken for looping (default 50, Postfix's hop count; RFC 5321 §6.3 wants 100 at most to be missed).</summary>
    [Range(10, 1000, ErrorMessage = "MaxReceived must be from 10 to 1000; the default is 50.")]
    public int MaxReceived { get; set; } = 50;

    /// <summary>
    /// Bytes of a message's header (default 256 KiB; sendmail has 32 KiB, Exim 1 MiB). It is held in memory until it is whole,
    /// because what is missing in it is prepended.
    /// </summary>
    [Range(16 * 1024, 16 * 1024 * 1024, ErrorMessage = "MaxHeaderBytes must be from 16384 to 16777216; the default is 262144.")]
    public int MaxHeaderBytes { get; set; } = 256 * 1024;

    /// <summary>Where mail for a bare <c>postmaster</c> goes (RFC 5321 §4.5.1), open to everybody; by default to postmaster at the edge's own name, open to whom it would be anyway.</summary>
    public string? Postmaster { get; set; }

    public SmtpEdgeOptions Smtp { get; set; } = new();

    public HttpEdgeOptions Http { get; set; } = new();

    public RelayAccessOptions Relay { get; set; } = new();

    /// <summary>
    /// Keys of operators, who may look at the queue and change it (default none): a name for each, and the SHA-256 of a random key in
    /// hexadecimal. A sender's key is none.
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
    /// Who may send as whom, by the name of a user or an API key: "example.com", "*.example.com", "ann@example.com" or "*" (any sender).
    /// Both the envelope's sender and the From field are held to it. The name "*" stands for all who are not named; without it they
    /// may not send. Default: none, and all may use any sender. Clients that are trusted by their network alone have no name.
    /// </summary>
    public Dictionary<string, string[]> Senders { get; set; } = new(StringComparer.Ordinal);
}

/// <summary>Section "Edge:Smtp".</summary>
public sealed class SmtpEdgeOptions
{
    /// <summary>Listens for SMTP (default true).</summary>
    public bool Enabled { get; set; } = true;

    /// <summary>The address to listen on (default 0.0.0.0; who may relay is a matter of Edge:Relay).</summary>
    public string Address { get; set; } = "0.0.0.0";

    /// <summary>The port (default 2525, as ports below 1024 need privileges; 0: any).</summary>
    [Range(0, 65535, ErrorMessage = "Port must be from 0 to 65535; the default is 2525.")]
    public int Port { get; set; } = 2525;

    /// <summary>A port with TLS from the first byte (RFC 8314 §3 has 465); none by default. Needs a certificate.</summary>
    [Range(0, 65535, ErrorMessage = "ImplicitTlsPort must be from 0 to 65535.")]
    public int? ImplicitTlsPort { get; set; }

    /// <summary>A PEM file with the certificate and its chain. With it, STARTTLS is offered. A renewed file is taken with the next handshake.</summary>
    public string? Certificate { get; set; }

    /// <summary>A PEM file with the certificate's key, where it is not in the same file.</summary>
    public string? CertificateKey { get; set; }

    /// <summary>Offers AUTH without TLS too (default false: passwords would be readable on the way).</summary>
    public bool AllowPlaintextAuth { get; set; }

    /// <summary>Networks of the proxies that send a PROXY protocol header (default none). Their connections must, all others cannot.</summary>
    public string[] Proxies { get; set; } = [];

    /// <summary>
    /// What becomes of content with a CR or LF that is not part of a CRLF, from clients that may relay, and over HTTP: Normalize
    /// (default, as Postfix does since 3.9) makes it CRLF, Reject refuses the message. That of strangers is always refused.
    /// </summary>
    [EnumDataType(typeof(BareLineFeed), ErrorMessage = "BareLineFeed must be Normalize or Reject; the default is Normalize.")]
    public BareLineFeed BareLineFeed { get; set; } = BareLineFeed.Normalize;

    /// <summary>
    /// Wants a domain or an address literal in EHLO and HELO of clients that may not relay (default true, RFC 5321 §4.1.1.1). Where users
    /// can log in, they are judged at MAIL.
    /// </summary>
    public bool StrictHello { get; set; } = true;

    /// <summary>Continues the trace that a Traceparent field of the message names, if the client may relay (default true).</summary>
    public bool Traceparent { get; set; } = true;

    public SmtpLimits Limits { get; set; } = new();

    public SmtpTimeouts Timeouts { get; set; } = new();
}

/// <summary>Section "Edge:Http".</summary>
public sealed class HttpEdgeOptions
{
    /// <summary>Takes messages over HTTP (default true).</summary>
    public bool Enabled { get; set; } = true;

    /// <summary>
    /// API keys: a name for each, and the SHA-256 of the key in hexadecimal. Keys are random, so no slow hash is needed.
    /// </summary>
    public Dictionary<string, string> ApiKeys { get; set; } = new(StringComparer.Ordinal);

    /// <summary>Wants no API key of clients on this machine (default true). Set it to false behind a proxy on the same machine.</summary>
    public bool TrustLoopback { get; set; } = true;

    /// <summary>
    /// Names by which programs and pages call this host, beside localhost, the machine's name, those in "urls", and addresses: for those
    /// that show no API key. "*.example.com" means the names below it. Behind a proxy, its public name.
    /// </summary>
    public string[] Hosts { get; set; } = [];

    /// <summary>Bytes of a JSON request (default 40 MB: 30 MB of attachments in base64). It is held in memory; message/rfc822 is not.</summary>
    [Range(1024, 1024 * 1024 * 1024, ErrorMessage = "MaxJsonBytes must be from 1024 to 1073741824; the default is 40000000.")]
    public int MaxJsonBytes { get; set; } = 40_000_000;

    /// <summary>
    /// Bytes of all JSON requests at once (default 100 MB); more are answered 503. Each costs some three times its bytes until it is in
    /// the queue. At least MaxJsonBytes.
    /// </summary>
    [Range(1024L, 64L * 1024 * 1024 * 1024, ErrorMessage = "MaxBytesInFlight must be from 1024 to 68719476736; the default is 100000000.")]
    public long MaxBytesInFlight { get; set; } = 100_000_000;
}

/// <summary>Section "Edge:Relay": who may send what to whom. Everybody else is refused with 550 5.7.1.</summary>
public sealed class RelayAccessOptions
{
    /// <summary>
    /// Networks whose clients may send to any recipient; by default loopback and private networks (RFC 1918, RFC 4193). A list in the
    /// configuration replaces them.
    /// </summary>
    public string[]? Networks { get; set; }

    /// <summary>Clients that have authenticated may send to any recipient (default true).</summary>
    public bool Authenticated { get; set; } = true;

    /// <summary>Recipient domains that everybody may send to (default none); "*.example.com" means its subdomains.</summary>
    public string[] Domains { get; set; } = [];
}
