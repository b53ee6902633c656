using System.Net.Security;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;

namespace Slimta.Smtp.Client;

/// <summary>Whether a server is who it claims to be (RFC 8446 §4.4.2, RFC 9525).</summary>
internal static class ServerCertificate
{
    private const string ServerAuthentication = "1.3.6.1.5.5.7.3.1";

    /// <summary>The certificate's problem, in the words of .NET's chain; null if it verifies.</summary>
    /// <param name="found">The verdict of the system's trust store.</param>
    /// <param name="trusted">Authorities that are trusted beside the system's.</param>
    public static string? ProblemOf(X509Certificate? certificate, X509Chain? chain, SslPolicyErrors found, X509Certificate2Collection trusted)
    {
        if (found == SslPolicyErrors.None)
            return null;
        var problems = new List<string>();
        if (found.HasFlag(SslPolicyErrors.RemoteCertificateNotAvailable))
            problems.Add("none was sent");
        if (found.HasFlag(SslPolicyErrors.RemoteCertificateNameMismatch))
            problems.Add("NameMismatch");
        if (found.HasFlag(SslPolicyErrors.RemoteCertificateChainErrors))
            problems.AddRange(ChainProblems(certificate, chain, trusted));
        return problems.Count == 0 ? null : string.Join(", ", problems);
    }

    /// <summary>The certificates of a PEM file.</summary>
    /// <exception cref="IOException">It cannot be read.</exception>
    /// <exception cref="UnauthorizedAccessException">It may not be read.</exception>
    /// <exception cref="CryptographicException">There is none in it, or one is broken.</exception>
    public static X509Certificate2Collection ReadAuthorities(string? file)
    {
        var authorities = new X509Certificate2Collection();
        if (string.IsNullOrEmpty(file))
            return authorities;
        authorities.ImportFromPemFile(file);
        return authorities.Count > 0 ? authorities : throw new CryptographicException("it holds no certificate");
    }

    private static IEnumerable<string> ChainProblems(X509Certificate? certificate, X509Chain? chain, X509Certificate2Collection trusted)
    {
        var status = chain?.ChainStatus ?? [];
        if (trusted.Count > 0 && certificate is X509Certificate2 leaf)
        {
            using var ours = new X509Chain();
            ours.ChainPolicy = RemoteCertificate.ChainPolicy();
            ours.ChainPolicy.TrustMode = X509ChainTrustMode.CustomRootTrust;
            ours.ChainPolicy.CustomTrustStore.AddRange(trusted);
            ours.ChainPolicy.ApplicationPolicy.Add(new Oid(ServerAuthentication));
            foreach (var element in chain?.ChainElements ?? Enumerable.Empty<X509ChainElement>())
                ours.ChainPolicy.ExtraStore.Add(element.Certificate);
            if (chain is not null)
                ours.ChainPolicy.ExtraStore.AddRange(chain.ChainPolicy.ExtraStore);
            if (ours.Build(leaf))
                return [];
            status = ours.ChainStatus;
        }
        return status.Length == 0 ? ["no chain"] : status.Select(problem => $"{problem.Status}").Distinct();
    }
}
