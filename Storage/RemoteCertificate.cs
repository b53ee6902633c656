using System.Net.Security;
using System.Security.Cryptography.X509Certificates;

namespace Slimta;

// Plain comments: this file is compiled into several assemblies, and the generator that makes the OpenAPI document of their XML comments fails
// on a member that has one in two of them.
//
// How every TLS session of ours validates a certificate from outside. It names URLs of its issuer and of revocation
// lists, and .NET's chain builder fetches them: a peer that shows us a certificate would choose where we connect to. Nothing is fetched; a
// server sends its intermediates along (RFC 8446 §4.4.2).
internal static class RemoteCertificate
{
    public static X509ChainPolicy ChainPolicy() => new()
    {
        DisableCertificateDownloads = true,
        RevocationMode = X509RevocationMode.NoCheck,
    };

    // For HTTP clients, which no answer leads elsewhere either.
    public static SocketsHttpHandler HttpHandler() => new()
    {
        AllowAutoRedirect = false,
        SslOptions = new SslClientAuthenticationOptions { CertificateChainPolicy = ChainPolicy() },
    };
}
