using System.Security.Cryptography;

namespace Slimta.Edge.Access;

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

    /// <summary>PBKDF2 makes its output in pieces of the hash's length, each at the full cost.</summary>
    private const int BlockBytes = 32;

    private static readonly byte[] Decoy = RandomNumberGenerator.GetBytes(16);

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
        var spent = 0L;
        return Verify(hash, password, ref spent);
    }

    /// <summary>What a check costs, in rounds of the hash's function.</summary>
    internal static long CostOf(string hash) => TryRead(hash, out var iterations, out _, out var expected) ? iterations * Blocks(expected.Length) : 0;

    /// <summary>Compares in constant time; a mismatch costs <paramref name="cost"/>, so that the time says nothing about a user.</summary>
    /// <param name="hash">Null for a user that is not known.</param>
    /// <param name="spent">What it did cost.</param>
    internal static bool Verify(string? hash, string password, long cost, out long spent)
    {
        spent = 0;
        if (hash is not null && Verify(hash, password, ref spent))
            return true;
        if (spent < cost)
            Derive(password, Decoy, (int)Math.Min(cost - spent, int.MaxValue), BlockBytes, ref spent);
        return false;
    }

    private static bool Verify(string hash, string password, ref long spent) =>
        TryRead(hash, out var iterations, out var salt, out var expected)
        && CryptographicOperations.FixedTimeEquals(Derive(password, salt, iterations, expected.Length, ref spent), expected);

    private static byte[] Derive(string password, byte[] salt, int iterations, int length, ref long spent)
    {
        spent += iterations * Blocks(length);
        return Rfc2898DeriveBytes.Pbkdf2(password, salt, iterations, HashAlgorithmName.SHA256, length);
    }

    private static long Blocks(int length) => (length + BlockBytes - 1) / BlockBytes;

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
