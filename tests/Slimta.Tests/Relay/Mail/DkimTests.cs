using System.Security.Cryptography;
using System.Text;
using CsCheck;
using MimeKit;
using MimeKit.Cryptography;
using Org.BouncyCastle.Crypto;
using Org.BouncyCastle.Crypto.Generators;
using Org.BouncyCastle.Crypto.Parameters;
using Org.BouncyCastle.OpenSsl;
using Org.BouncyCastle.Security;
using Slimta.Relay;
using Slimta.Relay.Dkim;

namespace Slimta.Tests.Relay;

/// <summary>Signatures of ours, verified by MimeKit.</summary>
public sealed class DkimTests : IDisposable, IDkimPublicKeyLocator
{
    private static readonly string[] Parts = [" ", "\t", "\r\n", "a", "bc"];
    private readonly DirectoryInfo _folder = Directory.CreateTempSubdirectory("slimta-dkim-");
    private readonly AsymmetricKeyParameter _rsa;
    private readonly AsymmetricKeyParameter _ed;
    private readonly DkimSigning _signing;

    public DkimTests()
    {
        using var rsa = RSA.Create(2048);
        File.WriteAllText(Path("rsa"), rsa.ExportPkcs8PrivateKeyPem());
        using (var reader = new StringReader(rsa.ExportSubjectPublicKeyInfoPem()))
            _rsa = (AsymmetricKeyParameter)new PemReader(reader).ReadObject();
        var generator = new Ed25519KeyPairGenerator();
        generator.Init(new Ed25519KeyGenerationParameters(new SecureRandom()));
        var pair = generator.GenerateKeyPair();
        _ed = pair.Public;
        using (var text = File.CreateText(Path("ed")))
        using (var writer = new PemWriter(text))
            writer.WriteObject(new Pkcs8Generator(pair.Private));
        _signing = new DkimSigning(new Dictionary<string, DkimOptions[]>
        {
            ["a.test"] = [new() { Selector = "rsa", KeyFile = Path("rsa") }, new() { Selector = "ed", KeyFile = Path("ed") }],
        }, TimeProvider.System);
    }

    private string Path(string name) => System.IO.Path.Combine(_folder.FullName, name + ".pem");

    public void Dispose() => _folder.Delete(recursive: true);

    public AsymmetricKeyParameter LocatePublicKey(string methods, string domain, string selector, CancellationToken cancellationToken = default)
    {
        Assert.Equal("a.test", domain);
        return selector == "rsa" ? _rsa : _ed;
    }

    public Task<AsymmetricKeyParameter> LocatePublicKeyAsync(string methods, string domain, string selector, CancellationToken cancellationToken = default) =>
        Task.FromResult(LocatePublicKey(methods, domain, selector, cancellationToken));

    private async Task<byte[]> SignAsync(string text) =>
        await (await _signing.SignAsync(Encoding.Latin1.GetBytes(text), default)).ToArrayAsync();

    private async Task<bool[]> VerifyAsync(byte[] signed)
    {
        var message = await MimeMessage.LoadAsync(new MemoryStream(signed));
        var verifier = new DkimVerifier(this);
        verifier.Enable(DkimSignatureAlgorithm.Ed25519Sha256);
        return [.. message.Headers.Where(header => header.Id == HeaderId.DkimSignature).Select(header => verifier.Verify(message, header))];
    }

    [Theory]
    [InlineData("From: a@a.test\r\nSubject: hi\r\n\r\nbody\r\n")]
    [InlineData("From: \"A, B\" <a@sub.a.test>\r\nTo: b@b.test,\r\n\tc@c.test\r\nSubject:  two   spaces \r\n\r\nline  with\t spaces \r\n\r\n\r\n")]
    [InlineData("Received: x\r\nFrom: a@a.test\r\nCc: x@x.test\r\nCc: y@y.test\r\n\r\n\r\n\r\nleading empty lines\r\n.\r\n")]
    [InlineData("From: a@a.test\r\n\r\nno line end")]
    [InlineData("From: a@a.test\r\n\r\n")]
    [InlineData("From: a@a.test\r\nContent-Type: text/plain; charset=latin1\r\nContent-Transfer-Encoding: 8bit\r\n\r\n\u00e4\u00f6\r\n")]
    public async Task A_signature_verifies_and_the_message_below_it_is_untouched(string text)
    {
        var signed = await SignAsync(text);
        var verified = await VerifyAsync(signed);
        Assert.Equal(2, verified.Length);
        Assert.DoesNotContain(false, verified);
        Assert.EndsWith(text, Encoding.Latin1.GetString(signed), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("From: a@b\u00fccher.test\r\n\r\nx\r\n")]
    [InlineData("From: a@xn--bcher-kva.test\r\n\r\nx\r\n")]
    [InlineData("From: \u00c4nn <\u00e4@BU\u0308CHER.test>\r\n\r\nx\r\n")]
    public async Task A_domain_is_known_in_every_form(string text)
    {
        foreach (var configured in new[] { "b\u00fccher.test", "xn--bcher-kva.test" })
        {
            var signing = new DkimSigning(new Dictionary<string, DkimOptions[]> { [configured] = [new() { Selector = "s", KeyFile = Path("rsa") }] }, TimeProvider.System);
            var signed = Encoding.UTF8.GetString(await (await signing.SignAsync(Encoding.UTF8.GetBytes(text), default)).ToArrayAsync());
            Assert.StartsWith("DKIM-Signature: v=1; a=rsa-sha256; c=relaxed/relaxed; d=xn--bcher-kva.test; s=s;", signed, StringComparison.Ordinal);
            Assert.EndsWith(text, signed, StringComparison.Ordinal);
        }
    }

    [Theory]
    [InlineData("Subject: hi", "Subject: ho")]
    [InlineData("body", "b0dy")]
    [InlineData("From: a@a.test", "From: x@x.test\r\nFrom: a@a.test")]
    public async Task What_is_changed_on_the_way_no_longer_verifies(string before, string after)
    {
        var signed = Encoding.Latin1.GetString(await SignAsync("From: a@a.test\r\nSubject: hi\r\n\r\nbody\r\n"));
        var at = signed.LastIndexOf(before, StringComparison.Ordinal);
        var changed = signed[..at] + after + signed[(at + before.Length)..];
        Assert.DoesNotContain(true, await VerifyAsync(Encoding.Latin1.GetBytes(changed)));
    }

    [Theory]
    [InlineData("From: a@b.test\r\n\r\nx\r\n")]
    [InlineData("From: a@nota.test\r\n\r\nx\r\n")]
    [InlineData("Subject: no from\r\n\r\nx\r\n")]
    [InlineData("From: a@a.test\r\nFrom: b@b.test\r\n\r\nx\r\n")]
    public async Task What_is_not_ours_to_sign_goes_as_it_is(string text) =>
        Assert.Equal(text, Encoding.Latin1.GetString(await SignAsync(text)));

    [Fact]
    public void The_hash_of_a_body_does_not_depend_on_how_it_comes_in_pieces() =>
        Gen.Select(Gen.Int[0, 4].Select(i => Parts[i]).Array[0, 40].Select(string.Concat), Gen.Int[1, 5]).Sample((text, cut) =>
        {
            using var whole = new RelaxedBodyHash();
            using var pieces = new RelaxedBodyHash();
            whole.Write(Encoding.Latin1.GetBytes(text));
            foreach (var piece in Encoding.Latin1.GetBytes(text).Chunk(cut))
                pieces.Write(piece);
            Assert.Equal(whole.End(), pieces.End());
        });
}
