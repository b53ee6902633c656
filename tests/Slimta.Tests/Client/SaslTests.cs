using System.Security.Cryptography;
using System.Text;
using Slimta.Smtp.Client;

namespace Slimta.Tests.Client;

/// <summary>Logging in without sending the password, at servers that check what proves it.</summary>
public class SaslTests
{
    private static readonly Security Security = new() { AllowClearTextPassword = true, Credentials = new Credentials("me", "secret") };

    [Fact]
    public async Task CRAM_MD5_proves_the_password()
    {
        // The example of RFC 2195 §2.
        const string Challenge = "PDE4OTYuNjk3MTcwOTUyQHBvc3RvZmZpY2UucmVzdG9uLm1jaS5uZXQ+";
        await using var server = new ScriptedServer(Offering("CRAM-MD5") + $"C: AUTH CRAM-MD5\nS: 334 {Challenge}\nC: dGltIGI5MTNhNjAyYzdlZGE3YTQ5NWI0ZTZlNzMzNGQzODkw\nS: 235 2.7.0 welcome\nHANG");
        await using var connection = await server.OpenAsync(new Security { AllowClearTextPassword = true, Credentials = new Credentials("tim", "tanstaaftanstaaf") });
        await server.Hanging.WaitAsync();
        await connection.DisposeAsync();
        await server.FollowedAsync();
    }

    [Theory]
    [InlineData("SCRAM-SHA-256")]
    [InlineData("SCRAM-SHA-1")]
    [InlineData("SCRAM-SHA-512")]
    public async Task SCRAM_proves_the_password_and_learns_that_the_server_knows_it(string mechanism)
    {
        var scram = new ScramServer(mechanism, "secret");
        await using var server = new ScriptedServer(Offering("PLAIN LOGIN CRAM-MD5 " + mechanism) + "ASK\nASK\nASK\nHANG") { Answer = scram.Answer };
        await using var connection = await server.OpenAsync(Security);
        Assert.Equal(235, scram.Last);
    }

    [Fact]
    public async Task A_wrong_password_is_no_proof()
    {
        var scram = new ScramServer("SCRAM-SHA-256", "another");
        await using var server = new ScriptedServer(Offering("SCRAM-SHA-256") + "ASK\nASK\nHANG") { Answer = scram.Answer };
        var e = await Assert.ThrowsAsync<SmtpSessionException>(() => server.OpenAsync(Security));
        Assert.Equal((SmtpStage.Authenticate, 535), (e.Stage, e.Reply?.Code));
    }

    [Fact]
    public async Task A_server_that_only_pretends_to_know_the_password_gets_no_mail()
    {
        var scram = new ScramServer("SCRAM-SHA-256", "secret") { Forges = true };
        await using var server = new ScriptedServer(Offering("SCRAM-SHA-256") + "ASK\nASK\nHANG") { Answer = scram.Answer };
        var e = await Assert.ThrowsAsync<SmtpSessionException>(() => server.OpenAsync(Security));
        Assert.Equal(SmtpStage.Authenticate, e.Stage);
    }

    private static string Offering(string mechanisms) => $"S: 220 mx.test\nC: EHLO relay.test\nS: 250-mx.test\nS: 250 AUTH {mechanisms}\n";

    /// <summary>The server's side of RFC 5802 §3, over the lines of RFC 4954.</summary>
    private sealed class ScramServer(string mechanism, string password)
    {
        private const int Iterations = 4096;
        private readonly byte[] _salt = RandomNumberGenerator.GetBytes(16);
        private readonly HashAlgorithmName _hash = new(mechanism["SCRAM-".Length..].Replace("-", "", StringComparison.Ordinal));
        private string _bare = "";
        private string _first = "";

        /// <summary>Says something else than what proves that it knows the password.</summary>
        public bool Forges { get; init; }

        /// <summary>The last reply's code.</summary>
        public int Last { get; private set; }

        public string Answer(string line)
        {
            var reply = _bare.Length == 0 ? Begin(line) : line.Length == 0 ? "235 2.7.0 welcome" : Check(Text(line));
            Last = int.Parse(reply[..3]);
            return reply;
        }

        private string Begin(string line)
        {
            Assert.StartsWith($"AUTH {mechanism} ", line, StringComparison.Ordinal);
            var message = Text(line.Split(' ')[2]);
            Assert.StartsWith("n,,n=me,r=", message, StringComparison.Ordinal);
            _bare = message[3..];
            var nonce = _bare.Split(",r=")[1] + Convert.ToHexString(RandomNumberGenerator.GetBytes(8));
            _first = $"r={nonce},s={Convert.ToBase64String(_salt)},i={Iterations}";
            return Challenge(_first);
        }

        private string Check(string final)
        {
            var without = final[..final.IndexOf(",p=", StringComparison.Ordinal)];
            Assert.Equal($"c=biws,{_first.Split(',')[0]}", without);
            var said = $"{_bare},{_first},{without}";
            var salted = Rfc2898DeriveBytes.Pbkdf2(password, _salt, Iterations, _hash, Hash([]).Length);
            var stored = Hash(Mac(salted, "Client Key"));
            var signature = Mac(stored, said);
            var key = Convert.FromBase64String(final[(without.Length + 3)..]).Zip(signature, (a, b) => (byte)(a ^ b)).ToArray();
            if (!Hash(key).SequenceEqual(stored))
                return "535 5.7.8 wrong";
            return Challenge($"v={Convert.ToBase64String(Mac(Mac(salted, Forges ? "Nothing" : "Server Key"), said))}");
        }

        private byte[] Hash(byte[] bytes) => CryptographicOperations.HashData(_hash, bytes);

        private byte[] Mac(byte[] key, string text) => CryptographicOperations.HmacData(_hash, key, Encoding.UTF8.GetBytes(text));

        private static string Text(string base64) => Encoding.UTF8.GetString(Convert.FromBase64String(base64));

        private static string Challenge(string text) => $"334 {Convert.ToBase64String(Encoding.UTF8.GetBytes(text))}";
    }
}
