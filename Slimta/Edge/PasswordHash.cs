using System.Security.Cryptography;

namespace Slimta.Edge;

/// <summary>
/// Hashes of passwords: PBKDF2 with SHA-256 in the form <c>pbkdf2-sha256$iterations$salt$hash</c>, salt and hash in base64.
/// </summary>
public static class PasswordHash
{
    public const string Form = "pbkdf2-sha256$iterations$salt$hash";

    private const string Scheme = "pbkdf2-sha256";

    /// <summary>OWASP's figure for PBKDF2 with SHA-256 (2023).</summary>
    private const int DefaultIterations = 600_000;
    private const int MinIterations = 1_000;
    private const int MaxIterations = 10_000_000;

    public static string Create(string password, int iterations = DefaultIterations)
    {
        var salt = RandomNumberGenerator.GetBytes(16);
        var hash = Rfc2898DeriveBytes.Pbkdf2(password, salt, iterations, HashAlgorithmName.SHA256, 32);
        return $"{Scheme}${iterations}${Convert.ToBase64String(salt)}${Convert.ToBase64String(hash)}";
    }

    public static bool IsValid(string hash) => TryRead(hash, out _, out _, out _);

    /// <summary>Compares in constant time.</summary>
    public static bool Verify(string hash, string password)
    {
        if (!TryRead(hash, out var iterations, out var salt, out var expected))
            return false;
        var actual = Rfc2898DeriveBytes.Pbkdf2(password, salt, iterations, HashAlgorithmName.SHA256, expected.Length);
        return CryptographicOperations.FixedTimeEquals(actual, expected);
    }

    private static bool TryRead(string text, out int iterations, out byte[] salt, out byte[] hash)
    {
        iterations = 0;
        salt = hash = [];
        var parts = text.Split('$');
        if (parts.Length != 4 || parts[0] != Scheme || !int.TryParse(parts[1], out iterations) || iterations is < MinIterations or > MaxIterations)
            return false;
        try
        {
            salt = Convert.FromBase64String(parts[2]);
            hash = Convert.FromBase64String(parts[3]);
        }
        catch (FormatException)
        {
            return false;
        }
        return salt.Length >= 8 && hash.Length >= 16;
    }
}
