using System.Diagnostics;
using System.Net;

namespace Slimta.Smtp.Server;

/// <summary>The facts known about a session's client.</summary>
public sealed class SmtpSessionInfo
{
    internal SmtpSessionInfo(IPEndPoint? client, IPEndPoint? local) => (Client, Local) = (client, local);

    /// <summary>The client's address: its socket's, or the one that a trusted proxy sent; null if the proxy does not know.</summary>
    public IPEndPoint? Client { get; internal set; }

    /// <summary>The address that the client connected to.</summary>
    public IPEndPoint? Local { get; internal set; }

    /// <summary>What the client called itself in EHLO or HELO.</summary>
    public string? HeloName { get; internal set; }

    /// <summary>It said EHLO.</summary>
    public bool IsExtended { get; internal set; }

    /// <summary>The protocol that protects the connection; null without TLS.</summary>
    public string? Tls { get; internal set; }

    /// <summary>The cipher suite, in the names of the TLS registry.</summary>
    public string? Cipher { get; internal set; }

    /// <summary>The authenticated identity.</summary>
    public string? AuthenticatedAs { get; internal set; }

    /// <summary>The span of the session's last transaction: log lines of the session belong to its trace.</summary>
    public ActivityContext LastTransaction { get; internal set; }

    /// <summary>The keyword of the "with" clause (RFC 3848, RFC 6531 §4.3).</summary>
    public string Protocol(bool smtpUtf8)
    {
        if (!IsExtended)
            return "SMTP";
        var name = smtpUtf8 ? "UTF8SMTP" : "ESMTP";
        return (Tls, AuthenticatedAs) switch
        {
            (null, null) => name,
            (not null, null) => name + "S",
            (null, not null) => name + "A",
            _ => name + "SA",
        };
    }
}
