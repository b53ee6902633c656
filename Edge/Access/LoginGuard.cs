using System.Collections.Concurrent;
using System.Net;
using System.Security.Cryptography;
using System.Text;
using Microsoft.Extensions.Options;
using Slimta.Smtp.Server;

namespace Slimta.Edge.Access;

/// <summary>
/// Remembers failed logins across connections, and makes clients that guess wait: an address waits twice as long after each failure, and from
/// its first failure on while many addresses guess at the same user. An address from which the user logged in before is let through, and so is
/// one without a failure, so that no attacker can lock a user out.
/// </summary>
internal sealed class LoginGuard(IOptions<EdgeOptions> options, TimeProvider time)
{
    /// <summary>Of each kind; twice as many at most. An entry takes some 100 bytes.</summary>
    private const int Remembered = 50_000;

    private static readonly TimeSpan FirstWait = TimeSpan.FromSeconds(1);

    private readonly record struct Failures(int Count, long Last);

    private readonly LoginOptions _options = options.Value.Logins;
    private readonly Lock _gate = new();
    private readonly RecentlyUsed<Failures> _addresses = new(Remembered);
    private readonly RecentlyUsed<Failures> _users = new(Remembered);

    /// <summary>Addresses from which a user logged in, with the failures since.</summary>
    private readonly RecentlyUsed<int> _known = new(Remembered);

    private readonly ConcurrentDictionary<UInt128, int> _underWay = new();

    /// <summary>Begins to check a login.</summary>
    /// <returns>How long the client must wait instead; null if it may be checked, and <see cref="End"/> is to follow.</returns>
    public TimeSpan? Begin(IPAddress? address, string user)
    {
        var client = ConnectionTable.KeyOf(address ?? IPAddress.Any);
        lock (_gate)
        {
            if (!_known.TryGet(Pair(client, user), out _) && _addresses.TryGet(client, out var failures) && !IsForgotten(failures))
            {
                var left = WaitAfter(failures.Count - Free(user)) - time.GetElapsedTime(failures.Last);
                if (left > TimeSpan.Zero)
                    return left;
                // One guess at a time.
                if (_underWay.ContainsKey(client))
                    return FirstWait;
            }
            _underWay.AddOrUpdate(client, 1, static (_, count) => count + 1);
            return null;
        }
    }

    /// <param name="right">Null if it could not be told.</param>
    public void End(IPAddress? address, string user, bool? right)
    {
        var client = ConnectionTable.KeyOf(address ?? IPAddress.Any);
        var pair = Pair(client, user);
        lock (_gate)
        {
            if (_underWay.AddOrUpdate(client, 0, static (_, count) => count - 1) <= 0)
                _underWay.TryRemove(client, out _);
            if (right == true)
                _known.Set(pair, 0);
            if (right != false)
                return;
            if (_known.TryGet(pair, out var since))
            {
                if (since + 1 >= _options.FreeFailures)
                    _known.Remove(pair);
                else
                    _known.Set(pair, since + 1);
            }
            Count(_users, Key(user));
            Count(_addresses, client);
        }
    }

    /// <summary>Failures that an address has before it must wait.</summary>
    private int Free(string user) =>
        _users.TryGet(Key(user), out var failures) && !IsForgotten(failures) && failures.Count >= _options.UserFailures ? 1 : _options.FreeFailures;

    private void Count(RecentlyUsed<Failures> failures, UInt128 key) =>
        failures.Set(key, new(failures.TryGet(key, out var before) && !IsForgotten(before) ? before.Count + 1 : 1, time.GetTimestamp()));

    private TimeSpan WaitAfter(int doublings)
    {
        var wait = doublings < 0 ? TimeSpan.Zero : FirstWait * (1L << Math.Min(doublings, 30));
        return wait < _options.MaxWait ? wait : _options.MaxWait;
    }

    private bool IsForgotten(Failures failures) => time.GetElapsedTime(failures.Last) >= _options.Forget;

    private static UInt128 Pair(UInt128 client, string user) => client ^ Key(user);

    /// <summary>As long as a client's name for its user may be, it costs the same.</summary>
    private static UInt128 Key(string user) =>
        System.Buffers.Binary.BinaryPrimitives.ReadUInt128LittleEndian(SHA256.HashData(Encoding.UTF8.GetBytes(user)));
}

/// <summary>A dictionary that forgets what was not used for longest once it is full: in two halves, of which the older is dropped.</summary>
internal sealed class RecentlyUsed<T>(int capacity) where T : struct
{
    private Dictionary<UInt128, T> _young = [];
    private Dictionary<UInt128, T> _old = [];

    public bool TryGet(UInt128 key, out T value)
    {
        if (_young.TryGetValue(key, out value))
            return true;
        if (!_old.Remove(key, out value))
            return false;
        Set(key, value);
        return true;
    }

    public void Set(UInt128 key, T value)
    {
        if (_young.Count >= capacity)
            (_old, _young) = (_young, []);
        _young[key] = value;
    }

    public void Remove(UInt128 key)
    {
        _young.Remove(key);
        _old.Remove(key);
    }
}
