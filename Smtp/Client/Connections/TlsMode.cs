namespace Slimta.Smtp.Client;

/// <summary>What the client demands of TLS.</summary>
public enum TlsMode
{
    /// <summary>
    /// STARTTLS where it is offered, with any certificate; what was found is reported. In clear if the handshake fails (RFC 7435).
    /// </summary>
    Opportunistic,

    /// <summary>STARTTLS with a valid certificate, or no delivery.</summary>
    Required,

    /// <summary>TLS from the first byte (RFC 8314 §3.3), with a valid certificate.</summary>
    Implicit,

    /// <summary>Never.</summary>
    None,
}
