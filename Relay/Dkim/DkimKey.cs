using System.Security.Cryptography;
using Org.BouncyCastle.Crypto.Parameters;
using Org.BouncyCastle.Crypto.Signers;

namespace Slimta.Relay.Dkim;

/// <summary>A private key that signs header hashes (RFC 6376 §3.3, RFC 8463 §3).</summary>
internal abstract class DkimKey
{
    /// <summary>The value of "a=".</summary>
    public abstract string Algorithm { get; }

    /// <summary>Signs what RFC 6376 §3.7 hashes.</summary>
    public abstract byte[] Sign(ReadOnlySpan<byte> data);

    /// <exception cref="IOException">The file cannot be read.</exception>
    /// <exception cref="CryptographicException">There is no usable key in it.</exception>
    public static DkimKey Load(string file)
    {
        var pem = File.ReadAllText(file);
        using var reader = new StringReader(pem);
        try
        {
            return new Org.BouncyCastle.OpenSsl.PemReader(reader).ReadObject() switch
            {
                Ed25519PrivateKeyParameters key => new Ed25519Key(key),
                not null => RsaKey.FromPem(pem),
                null => throw new CryptographicException("There is no PEM key in it."),
            };
        }
        catch (Exception e) when (e is IOException or ArgumentException or Org.BouncyCastle.OpenSsl.PasswordException)
        {
            throw new CryptographicException($"The key cannot be read: {e.Message}", e);
        }
    }

    private sealed class RsaKey(RSA rsa) : DkimKey
    {
        public override string Algorithm => "rsa-sha256";

        public static RsaKey FromPem(string pem)
        {
            var rsa = RSA.Create();
            rsa.ImportFromPem(pem);
            // RFC 8301 §3.2: signers MUST use at least 1024 bits.
            return rsa.KeySize >= 1024 ? new RsaKey(rsa) : throw new CryptographicException("An RSA key must have 1024 bits or more (RFC 8301 §3.2).");
        }

        public override byte[] Sign(ReadOnlySpan<byte> data) => rsa.SignData(data, HashAlgorithmName.SHA256, RSASignaturePadding.Pkcs1);
    }

    /// <summary>RFC 8463 §3: the signature is over the SHA-256 hash, not the data.</summary>
    private sealed class Ed25519Key(Ed25519PrivateKeyParameters key) : DkimKey
    {
        public override string Algorithm => "ed25519-sha256";

        public override byte[] Sign(ReadOnlySpan<byte> data)
        {
            var signer = new Ed25519Signer();
            signer.Init(forSigning: true, key);
            signer.BlockUpdate(SHA256.HashData(data));
            return signer.GenerateSignature();
        }
    }
}
