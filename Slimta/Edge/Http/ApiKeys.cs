using System.Security.Cryptography;
using System.Text;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Options;
using Slimta.Edge.Access;

namespace Slimta.Edge.Http;

/// <summary>Who may submit over HTTP.</summary>
internal sealed class ApiKeys(IOptions<EdgeOptions> options, LoginGuard guard)
{
    /// <summary>What became of the key that a request showed.</summary>
    /// <param name="Name">The key's name; null if there is none such.</param>
    /// <param name="RetryAfter">It was not looked at, as too many wrong ones came from the client's address.</param>
    public sealed record Found(string? Name, TimeSpan? RetryAfter = null);

    private readonly (string Name, byte[] Hash)[] _keys =
        [.. options.Value.Http.ApiKeys.Select(key => (key.Key, Convert.FromHexString(key.Value)))];

    /// <summary>The name of the client's key, or none for a client on this machine; else the answer that refuses it.</summary>
    public (string? Name, IResult? Refusal) Admit(HttpContext http)
    {
        if (Find(http.Request) is { } found)
        {
            if (found.Name is not null)
                return (found.Name, null);
            return (null, found.RetryAfter is { } after ? TooMany(http, after) : Unauthorized(http));
        }
        return (null, options.Value.Http.TrustLoopback && LocalClient.Is(http) ? null : Unauthorized(http));
    }

    /// <summary>Looks once in a request; null if it shows no key.</summary>
    public Found? Find(HttpRequest request)
    {
        if (KeyOf(request) is not { } key)
            return null;
        if (request.HttpContext.Items.TryGetValue(typeof(Found), out var before))
            return (Found)before!;
        var found = Look(request.HttpContext, key);
        request.HttpContext.Items[typeof(Found)] = found;
        return found;
    }

    private Found Look(HttpContext http, string key)
    {
        var address = http.Connection.RemoteIpAddress;
        var hash = SHA256.HashData(Encoding.UTF8.GetBytes(key));
        // What was right from there before is let through, also while others guess there.
        var shown = Convert.ToHexString(hash);
        if (guard.Begin(address, shown) is { } wait)
            return new(null, wait);
        var name = NameOf(hash);
        guard.End(address, shown, name is not null);
        return new(name);
    }

    private static IResult Unauthorized(HttpContext http)
    {
        http.Response.Headers.WWWAuthenticate = "Bearer";
        return Refusal.To(http, 401, new(535, "5.7.8", "An API key is needed"), "Send it as 'Authorization: Bearer <key>'.");
    }

    private static IResult TooMany(HttpContext http, TimeSpan after)
    {
        http.Response.Headers.RetryAfter = $"{Math.Ceiling(after.TotalSeconds)}";
        return Refusal.To(http, 429, new(454, "4.7.0", "Too many wrong API keys came from your address; try again later"));
    }

    private static string? KeyOf(HttpRequest request)
    {
        const string Bearer = "Bearer ";
        var authorization = request.Headers.Authorization.ToString();
        if (authorization.StartsWith(Bearer, StringComparison.OrdinalIgnoreCase))
            return authorization[Bearer.Length..].Trim();
        return request.Headers.TryGetValue("X-Api-Key", out var key) ? key.ToString() : null;
    }

    /// <summary>Compares with all of them, each in constant time.</summary>
    private string? NameOf(byte[] hash)
    {
        string? found = null;
        foreach (var (name, expected) in _keys)
            if (CryptographicOperations.FixedTimeEquals(hash, expected))
                found = name;
        return found;
    }
}
