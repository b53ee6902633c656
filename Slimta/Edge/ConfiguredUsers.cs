using System.Collections.Concurrent;
using System.Security.Cryptography;
using System.Text;
using Microsoft.Extensions.Options;

namespace Slimta.Edge;

/// <summary>
/// The users of section "Edge:Users". A password that was right is known again for some minutes without the slow hash: clients that
/// log in for each message would otherwise get four messages a second out of a core.
/// </summary>
internal sealed class ConfiguredUsers(IOptions<EdgeOptions> options, TimeProvider time) : IUserSource, IDisposable
{
    private static readonly TimeSpan Remembered = TimeSpan.FromMinutes(5);

    /// <summary>For users that are not known, so that they take the time of those that are.</summary>
    private static readonly Lazy<string> Decoy = new(() => PasswordHash.Create(Guid.NewGuid().ToString()));

    /// <summary>This many slow hashes at once leave the other cores to the mail.</summary>
    private readonly SemaphoreSlim _checks = new(Math.Max(1, Environment.ProcessorCount / 2));

    /// <summary>Never leaves the process, so what is remembered is of no use to anybody who reads it elsewhere.</summary>
    private readonly byte[] _key = RandomNumberGenerator.GetBytes(32);

    private readonly ConcurrentDictionary<string, (byte[] Tag, long At)> _known = new(StringComparer.Ordinal);

    public bool HasUsers => options.Value.Users.Count > 0;

    public async ValueTask<string?> AuthenticateAsync(string user, string password, CancellationToken cancellationToken)
    {
        var isUser = options.Value.Users.TryGetValue(user, out var hash);
        var tag = HMACSHA256.HashData(_key, Encoding.UTF8.GetBytes($"{hash}\0{password}"));
        if (isUser && _known.TryGetValue(user, out var known) && time.GetElapsedTime(known.At) < Remembered
            && CryptographicOperations.FixedTimeEquals(tag, known.Tag))
            return user;
        await _checks.WaitAsync(cancellationToken);
        try
        {
            var right = await Task.Run(() => PasswordHash.Verify(isUser ? hash! : Decoy.Value, password), cancellationToken);
            if (!isUser || !right)
                return null;
            _known[user] = (tag, time.GetTimestamp());
            return user;
        }
        finally
        {
            _checks.Release();
        }
    }

    public void Dispose() => _checks.Dispose();
}
