using System.ComponentModel.DataAnnotations;
using Slimta.Smtp.Server;

namespace Slimta.Edge;

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

    /// <summary>Offers AUTH without TLS too (default false, as passwords would be readable on the way).</summary>
    public bool AllowPlaintextAuth { get; set; }

    /// <summary>
    /// Networks of the proxies that send a PROXY protocol header (default none). Their connections must send one, all others must not.
    /// </summary>
    public string[] Proxies { get; set; } = [];

    /// <summary>
    /// How to treat content with a CR or LF that is not part of a CRLF, from clients that may relay, and over HTTP: Normalize
    /// (default, as Postfix does since 3.9) makes it CRLF, Reject refuses the message. Such content from strangers is always refused.
    /// </summary>
    [EnumDataType(typeof(BareLineFeed), ErrorMessage = "BareLineFeed must be Normalize or Reject; the default is Normalize.")]
    public BareLineFeed BareLineFeed { get; set; } = BareLineFeed.Normalize;

    /// <summary>
    /// Requires a domain or an address literal in EHLO and HELO from clients that may not relay (default true, RFC 5321 §4.1.1.1). Where users
    /// can log in, they are judged at MAIL.
    /// </summary>
    public bool StrictHello { get; set; } = true;

    /// <summary>Continues the trace that a Traceparent field of the message names, if the client may relay (default true).</summary>
    public bool Traceparent { get; set; } = true;

    /// <summary>The limits of a session and a message.</summary>
    public SmtpLimits Limits { get; set; } = new();

    /// <summary>How long a session waits for its client.</summary>
    public SmtpTimeouts Timeouts { get; set; } = new();
}
