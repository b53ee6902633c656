using System.Security.Cryptography;
using System.Text;
using Microsoft.Extensions.Options;

namespace Slimta.Edge.Http;

/// <summary>What a key is for.</summary>
[Flags]
internal enum KeyKinds
{
    None = 0,

    /// <summary>One of Edge:Http:ApiKeys.</summary>
    Sender = 1,

    /// <summary>One of Edge:OperatorKeys.</summary>
    Operator = 2,
}

/// <summary>Who may submit over HTTP, and who may operate the queue.</summary>
internal sealed class ApiKeys(IOptions<EdgeOptions> options, LoginGuard guard)
{
    /// <summary>The result of a check of a request's key.</summary>
    /// <param name="Name">The key's name; null if there is none such.</param>
    /// <param name="Kind">What it is for.</param>
    /// <param name="RetryAfter">The key was not checked, as too many wrong ones came from the client's address.</param>
    public sealed record Found(string? Name, KeyKinds Kind = KeyKinds.None, TimeSpan? RetryAfter = null);

    private readonly (string Name, KeyKinds Kind, byte[] Hash)[] _keys =
    [
        .. options.Value.Http.ApiKeys.Select(key => (key.Key, KeyKinds.Sender, Convert.FromHexString(key.Value))),
        .. options.Value.OperatorKeys.Select(key => (key.Key, KeyKinds.Operator, Convert.FromHexString(key.Value))),
    ];

    /// <summary>The name of the client's key, or none for a client on this machine; else the answer that refuses it.</summary>
    public (string? Name, IResult? Refusal) Admit(HttpContext http, KeyKinds wanted = KeyKinds.Sender)
    {
        if (Find(http.Request) is { } found)
        {
            if (found.Name is not null)
                return (wanted & found.Kind) != KeyKinds.None ? (found.Name, null) : (null, Wrong(http, wanted));
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
        // A key that was right from there before is let through, even while others guess there.
        var shown = Convert.ToHexString(hash);
        if (guard.Begin(address, shown) is { } wait)
            return new(null, RetryAfter: wait);
        var found = FoundBy(hash);
        guard.End(address, shown, found.Name is not null);
        return found;
    }

    private static IResult Unauthorized(HttpContext http)
    {
        http.Response.Headers.WWWAuthenticate = "Bearer";
        return Refusal.To(http, 401, new(535, "5.7.8", http.Request.Headers.Authorization.Count > 0 || http.Request.Headers.ContainsKey("X-Api-Key")
            ? "The API key is not known"
            : "An API key is needed"), "Send it as 'Authorization: Bearer <key>'.");
    }

    private static IResult Wrong(HttpContext http, KeyKinds wanted) => Refusal.To(http, 403, new(550, "5.7.1", wanted == KeyKinds.Operator
        ? "This is a sender's key; operate the queue with a key of Edge:OperatorKeys"
        : "This is an operator's key; send mail with a key of Edge:Http:ApiKeys"));

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
    private Found FoundBy(byte[] hash)
    {
        var found = new Found(null);
        foreach (var (name, kind, expected) in _keys)
            if (CryptographicOperations.FixedTimeEquals(hash, expected))
                found = new(name, kind);
        return found;
    }
}
