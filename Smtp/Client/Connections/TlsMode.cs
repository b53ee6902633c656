namespace Slimta.Smtp.Client;

/// <summary>The client's requirement on TLS.</summary>
public enum TlsMode
{
    /// <summary>
    /// STARTTLS where it is offered, with any certificate; the finding is reported. Without TLS if the handshake fails (RFC 7435).
    /// </summary>
    Opportunistic,

    /// <summary>STARTTLS with a valid certificate, or no delivery.</summary>
    Required,

    /// <summary>TLS from the first byte (RFC 8314 §3.3), with a valid certificate.</summary>
    Implicit,

    /// <summary>Never.</summary>
    None,
}
