using System.Net;
using System.Net.Security;

namespace Slimta.Smtp.Server;

/// <summary>The options of an <see cref="SmtpServer"/>.</summary>
public sealed class SmtpServerOptions
{
    /// <summary>The name in the banner and in the answer to EHLO.</summary>
    public string Hostname { get; set; } = "localhost";

    /// <summary>Where to listen.</summary>
    public IList<SmtpEndpoint> Endpoints { get; } = [];

    public SmtpLimits Limits { get; set; } = new();

    public SmtpTimeouts Timeouts { get; set; } = new();

    /// <summary>Makes the options of each TLS handshake, so that a renewed certificate is taken; null: no TLS, no STARTTLS.</summary>
    public Func<SslServerAuthenticationOptions>? Tls { get; set; }

    /// <summary>Offers AUTH without TLS too.</summary>
    public bool AllowPlaintextAuth { get; set; }

    /// <summary>How to treat a bare CR or LF from <see cref="ClientTrust.Trusted"/> clients; that of strangers is always rejected.</summary>
    public BareLineFeed BareLineFeed { get; set; } = BareLineFeed.Normalize;

    /// <summary>Requires a domain or an address literal in EHLO from strangers.</summary>
    public bool StrictHello { get; set; } = true;

    /// <summary>Peers that must send a PROXY protocol header; all others must not.</summary>
    public IReadOnlyList<IPNetwork> Proxies { get; set; } = [];

    /// <summary>Clients to which <see cref="SmtpLimits.MaxConnectionsPerAddress"/> does not apply.</summary>
    public Func<IPAddress, bool> IsExempt { get; set; } = _ => false;
}
