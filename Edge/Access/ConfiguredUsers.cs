using System.Collections.Concurrent;
using System.Security.Cryptography;
using System.Text;
using Microsoft.Extensions.Options;
using Slimta.Smtp.Server;

namespace Slimta.Edge.Access;

/// <summary>
/// The users of section "Edge:Users". A correct password is recognized for some minutes without the slow hash: otherwise clients that log in
/// for each message would get four messages a second out of a core. A wrong one takes the same time for every user, known or not: that of the
/// most expensive hash.
/// </summary>
internal sealed class ConfiguredUsers : IUserSource, IDisposable
{
    private static readonly TimeSpan Remembered = TimeSpan.FromMinutes(5);

    /// <summary>This many slow hashes at once leave the other cores to the mail.</summary>
    private static readonly int Cores = Math.Max(1, Environment.ProcessorCount / 2);

    private readonly Dictionary<string, string> _users;
    private readonly TimeProvider _time;
    private readonly long _dearest;
    private readonly int _places;
    private readonly SemaphoreSlim _checks = new(Cores);

    /// <summary>Never leaves the process, so what is remembered is of no use to a program that reads it elsewhere.</summary>
    private readonly byte[] _key = RandomNumberGenerator.GetBytes(32);

    private readonly ConcurrentDictionary<string, (byte[] Tag, long At)> _known = new(StringComparer.Ordinal);

    /// <summary>By tag: many connections of one program log in at once, with one password.</summary>
    private readonly ConcurrentDictionary<string, Lazy<Task<bool>>> _underWay = new(StringComparer.Ordinal);

    private int _queued;

    public ConfiguredUsers(IOptions<EdgeOptions> options, TimeProvider time)
    {
        _users = options.Value.Users;
        _time = time;
        _places = Cores * (1 + options.Value.Logins.MaxQueued);
        _dearest = _users.Values.Select(PasswordHash.CostOf).DefaultIfEmpty(1).Max();
    }

    public bool HasUsers => _users.Count > 0;

    public async ValueTask<string?> AuthenticateAsync(string user, string password, CancellationToken cancellationToken)
    {
        var isUser = _users.TryGetValue(user, out var hash);
        var tag = HMACSHA256.HashData(_key, Encoding.UTF8.GetBytes($"{hash}\0{password}"));
        if (isUser && _known.TryGetValue(user, out var known) && _time.GetElapsedTime(known.At) < Remembered
            && CryptographicOperations.FixedTimeEquals(tag, known.Tag))
            return user;
        var check = $"{Convert.ToBase64String(tag)} {user}";
        var right = _underWay.GetOrAdd(check, _ => new(() => CheckAsync(check, hash, password)));
        if (!await right.Value.WaitAsync(cancellationToken) || !isUser)
            return null;
        _known[user] = (tag, _time.GetTimestamp());
        return user;
    }

    public void Dispose() => _checks.Dispose();

    /// <exception cref="LoginUnavailableException">So many logins wait already that this one would wait for longer than clients do.</exception>
    private async Task<bool> CheckAsync(string check, string? hash, string password)
    {
        try
        {
            if (Interlocked.Increment(ref _queued) > _places)
                throw new LoginUnavailableException("Too many logins wait to be checked.");
            await _checks.WaitAsync();
            try
            {
                return await Task.Run(() => PasswordHash.Verify(hash, password, _dearest, out _));
            }
            finally
            {
                _checks.Release();
            }
        }
        finally
        {
            Interlocked.Decrement(ref _queued);
            _underWay.TryRemove(check, out _);
        }
    }
}
