namespace Slimta.Edge;

/// <summary>Section "Edge:Relay": which clients may send to which recipients. All others are refused with 550 5.7.1.</summary>
public sealed class RelayAccessOptions
{
    /// <summary>
    /// Networks whose clients may send to any recipient; by default loopback and private networks (RFC 1918, RFC 4193). A list in the
    /// configuration replaces them.
    /// </summary>
    public string[]? Networks { get; set; }

    /// <summary>Clients that have authenticated may send to any recipient (default true).</summary>
    public bool Authenticated { get; set; } = true;

    /// <summary>Recipient domains that strangers may send to (default none); "*.example.com" means its subdomains.</summary>
    public string[] Domains { get; set; } = [];
}
