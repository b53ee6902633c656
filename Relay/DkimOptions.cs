namespace Slimta.Relay;

/// <summary>A signing key: "Relay:Dkim:example.com:0".</summary>
public sealed class DkimOptions
{
    /// <summary>The key is published at selector._domainkey.domain.</summary>
    public string Selector { get; set; } = "";

    /// <summary>A file with the private key in PEM: RSA, or Ed25519 (RFC 8463).</summary>
    public string KeyFile { get; set; } = "";
}
