using System.ComponentModel.DataAnnotations;

namespace Slimta.Edge;

/// <summary>Section "Edge:Http".</summary>
public sealed class HttpEdgeOptions
{
    /// <summary>Takes messages over HTTP (default true).</summary>
    public bool Enabled { get; set; } = true;

    /// <summary>
    /// API keys: a name for each, and the SHA-256 of the key in hexadecimal. Keys are random, so no slow hash is needed.
    /// </summary>
    public Dictionary<string, string> ApiKeys { get; set; } = new(StringComparer.Ordinal);

    /// <summary>Requires no API key from clients on this machine (default true). Set it to false behind a proxy on the same machine.</summary>
    public bool TrustLoopback { get; set; } = true;

    /// <summary>
    /// Names by which programs and pages call this host, beside localhost, the machine's name, those in "urls", and addresses: for those that
    /// send no API key. "*.example.com" means the names below it. Behind a proxy, its public name.
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
