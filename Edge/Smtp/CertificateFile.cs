using System.Net.Security;
using System.Security.Cryptography.X509Certificates;

namespace Slimta.Edge.Smtp;

/// <summary>The server's certificate in PEM files. Each handshake checks whether they were renewed.</summary>
internal sealed class CertificateFile(string certificate, string? key)
{
    private readonly Lock _gate = new();
    private SslServerAuthenticationOptions? _options;
    private DateTime _writtenAt;

    public SslServerAuthenticationOptions Current()
    {
        lock (_gate)
        {
            var writtenAt = File.GetLastWriteTimeUtc(certificate);
            if (_options is not null && writtenAt == _writtenAt)
                return _options;
            try
            {
                _options = Load();
                _writtenAt = writtenAt;
            }
            catch (Exception e) when (_options is not null && e is System.Security.Cryptography.CryptographicException or IOException)
            {
                // It is being replaced: the old one serves until the new one is whole.
            }
            return _options!;
        }
    }

    private SslServerAuthenticationOptions Load()
    {
        var chain = new X509Certificate2Collection();
        chain.ImportFromPemFile(certificate);
        var leaf = X509Certificate2.CreateFromPemFile(certificate, key);
        return new()
        {
            ServerCertificateContext = SslStreamCertificateContext.Create(leaf, chain, offline: true),
            ClientCertificateRequired = false,
            CertificateChainPolicy = RemoteCertificate.ChainPolicy(),
        };
    }
}
